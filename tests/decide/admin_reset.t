# The reset: ordinary events, a step at a time, of what scenarios made.

test the reset is behind a gate
when admin.reset_operational_data
then refused ADMIN_RESET_DISABLED

test nothing is there, and it ends all the same
given config BSS_ALLOW_ADMIN_RESET=true
when admin.reset_operational_data
then only job.started JOB-0001 kind=reset everything=false actor=tester channel=cli
then made JOB-0001
when timers
then only job.finished JOB-0001 kind=reset steps=0
then admin.operational_data_reset bss service=bss removed=0 of_command=true
when timers
then nothing

test what a scenario made goes, what people made stays
given config BSS_ALLOW_ADMIN_RESET=true
given customer CUST-1 customer.created name=Ada status=active
given caller actor=scenario:hero channel=scenario scenario
given customer CUST-2 customer.created name=Bob status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-2 token=t
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8901","imsi":"525"}]
given msisdn 90000001 inventory.msisdn.reserved reserved_for=ORD-0001; \
	inventory.msisdn.assigned subscription_id=SUB-0001 customer_id=CUST-2
given esim 8901 inventory.esim.reserved reserved_for=ORD-0001; inventory.esim.msisdn_bound msisdn=90000001 subscription_id=SUB-0001
given order ORD-0001 order.acknowledged customer_id=CUST-2; order.completed customer_id=CUST-2
given service_order SO-0001 service_order.in_progress order_id=ORD-0001 customer_id=CUST-2
given service SVC-0001 service.designed customer_id=CUST-2 order_id=ORD-0001 type=CFS
given provisioning_task PTK-0001 provisioning.task.created customer_id=CUST-2 service_id=SVC-0001 task_type=HLR_PROVISION
given payment_attempt PAY-000001 payment.charge_requested customer_id=CUST-2 amount="25.00 SGD" token=t
given subscription SUB-0001 subscription.activated customer_id=CUST-2 msisdn=90000001 iccid=8901 order_id=ORD-0001
given usage UE-000001 usage.received status=received
given fault_injection FI_1 provisioning.fault_injection.added task_type=HLR_PROVISION fault_type=stuck enabled=true probability=0.5
when admin.reset_operational_data
then only job.started actor=scenario:hero channel=scenario
when timers
then job.stepped JOB-0001 removing=subscription/SUB-0001
then subscription.removed SUB-0001
then inventory.msisdn.released 90000001 status=available
then inventory.esim.released 8901 reason=reset
then service.removed SVC-0001
then service_order.removed SO-0001
then provisioning.task.removed PTK-0001
then order.removed ORD-0001
then payment.attempt_removed PAY-000001
then payment_method.removed PM-0001 reason=reset
then usage.removed UE-000001
then customer.removed CUST-2
then job.finished steps=9
then admin.operational_data_reset removed=9 everything=false
then provisioning.fault_injection.changed FI_1 enabled=false probability=0.5
when customer.update CUST-1 name=Still
then customer.updated
when customer.update CUST-2 name=Gone
then refused customer.update.not_found
when inventory.msisdn.reserve 90000001
then inventory.msisdn.reserved
when inventory.esim.reserve
then inventory.esim.reserved 8901

test an eSIM that only stories had is as good as new, one that a person had is not
given config BSS_ALLOW_ADMIN_RESET=true
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8901","imsi":"525"},{"iccid":"8902","imsi":"526"}]
given customer CUST-1 customer.created name=Ada status=active
given esim 8901 inventory.esim.reserved; inventory.esim.msisdn_bound msisdn=90000001 subscription_id=SUB-0001; inventory.esim.downloaded
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000001 iccid=8901
given caller actor=scenario:hero channel=scenario scenario
given customer CUST-2 customer.created name=Bob status=active
given esim 8902 inventory.esim.reserved; inventory.esim.msisdn_bound msisdn=90000002 subscription_id=SUB-0002; inventory.esim.recycled
given subscription SUB-0002 subscription.activated customer_id=CUST-2 msisdn=90000002 iccid=8902; subscription.terminated
when inventory.esim.restore 8909
then refused esim.not_found iccid=8909
when inventory.esim.restore 8901
then refused esim.release.not_of_a_live_line iccid=8901 subscription_id=SUB-0001
when admin.reset_operational_data everything=true
then job.started
when timers
then subscription.removed SUB-0001
then subscription.removed SUB-0002
then inventory.esim.recycled 8901 reason=reset
then inventory.esim.released 8902 reason=reset
then job.finished
when inventory.esim.reserve
then inventory.esim.reserved 8902
when admin.reset_operational_data
then job.started JOB-0002
when timers
then only job.finished JOB-0002 steps=0
then admin.operational_data_reset removed=0

test what is a customer's goes with the customer, whoever made it
given config BSS_ALLOW_ADMIN_RESET=true
given customer CUST-1 customer.created name=Ada status=active
given caller actor=s scenario
given customer CUST-2 customer.created name=Bob status=active
given caller actor=alice
when payment_method.add customer_id=CUST-2 token=t last4=4242 exp_month=12 exp_year=2039
then payment_method.added PM-0001 customer_id=CUST-2
given caller actor=s scenario
when payment_method.add customer_id=CUST-1 token=u last4=4242 exp_month=12 exp_year=2039
then payment_method.added PM-0002 customer_id=CUST-1
when admin.reset_operational_data
then job.started
when timers
then payment_method.removed PM-0001 reason=reset
then customer.removed CUST-2
then job.finished steps=2
then admin.operational_data_reset removed=2

test everything is everything but catalog and pools
given config BSS_ALLOW_ADMIN_RESET=true
given offering PLAN_M catalog.offering.added name=Standard
given customer CUST-1 customer.created name=Ada status=active
given caller scenario actor=s
given customer CUST-2 customer.created name=Bob status=active
given caller actor=alice
when admin.reset_operational_data everything=true
then job.started everything=true
when timers
then customer.removed
then customer.removed
then job.finished steps=2
then admin.operational_data_reset everything=true removed=2
when catalog.retire_offering PLAN_M
then catalog.offering.retired

test an order that never became a line gives back what was reserved for it
given config BSS_ALLOW_ADMIN_RESET=true
given caller actor=s scenario
given customer CUST-2 customer.created name=Bob status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8901","imsi":"525"}]
given msisdn 90000001 inventory.msisdn.reserved reserved_for=ORD-0001
given esim 8901 inventory.esim.reserved reserved_for=ORD-0001
given service SVC-0001 service.designed customer_id=CUST-2 order_id=ORD-0001 type=CFS; \
	service.reserved customer_id=CUST-2 msisdn=90000001 iccid=8901
when admin.reset_operational_data
then job.started
when timers
then service.removed
then inventory.msisdn.released 90000001
then inventory.esim.released 8901

test the number of a line that ended needs no rest
given config BSS_ALLOW_ADMIN_RESET=true
given clock 2026-02-15T09:00:00Z
given caller actor=s scenario
given customer CUST-2 customer.created name=Bob status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=2
given msisdn 90000001 inventory.msisdn.reserved reserved_for=ORD-0001; inventory.msisdn.assigned subscription_id=SUB-0001; \
	inventory.msisdn.released status=quarantine quarantine_until=2026-05-16T09:00:00Z
given subscription SUB-0001 subscription.activated customer_id=CUST-2 msisdn=90000001; subscription.terminated customer_id=CUST-2
when admin.reset_operational_data
then job.started
when timers
then subscription.removed
then inventory.msisdn.quarantine_ended 90000001

test a step of a job that is none, and of one that is over
given job JOB-0001 job.started kind=reset; job.finished kind=reset
when job.step JOB-0009
then refused job.not_found
when job.step JOB-0001
then refused job.step.only_if_running state=finished

test a notification is somebody's business
given customer CUST-1 customer.created name=Ada status=active; notification.requested customer_id=CUST-1 template=welcome
when customer.close CUST-1
then customer.updated

test a crowd goes in bounded steps, each going on where the last one stood
given config BSS_ALLOW_ADMIN_RESET=true
given caller actor=s scenario
given customer CUST-00 customer.created name=C00 status=active
given customer CUST-01 customer.created name=C01 status=active
given customer CUST-02 customer.created name=C02 status=active
given customer CUST-03 customer.created name=C03 status=active
given customer CUST-04 customer.created name=C04 status=active
given customer CUST-05 customer.created name=C05 status=active
given customer CUST-06 customer.created name=C06 status=active
given customer CUST-07 customer.created name=C07 status=active
given customer CUST-08 customer.created name=C08 status=active
given customer CUST-09 customer.created name=C09 status=active
given customer CUST-10 customer.created name=C10 status=active
given customer CUST-11 customer.created name=C11 status=active
given customer CUST-12 customer.created name=C12 status=active
given customer CUST-13 customer.created name=C13 status=active
given customer CUST-14 customer.created name=C14 status=active
given customer CUST-15 customer.created name=C15 status=active
given customer CUST-16 customer.created name=C16 status=active
given customer CUST-17 customer.created name=C17 status=active
given customer CUST-18 customer.created name=C18 status=active
given customer CUST-19 customer.created name=C19 status=active
given customer CUST-20 customer.created name=C20 status=active
given customer CUST-21 customer.created name=C21 status=active
given customer CUST-22 customer.created name=C22 status=active
given customer CUST-23 customer.created name=C23 status=active
given customer CUST-24 customer.created name=C24 status=active
given customer CUST-25 customer.created name=C25 status=active
given customer CUST-26 customer.created name=C26 status=active
given customer CUST-27 customer.created name=C27 status=active
given customer CUST-28 customer.created name=C28 status=active
given customer CUST-29 customer.created name=C29 status=active
given customer CUST-30 customer.created name=C30 status=active
given customer CUST-31 customer.created name=C31 status=active
given customer CUST-32 customer.created name=C32 status=active
given customer CUST-33 customer.created name=C33 status=active
given customer CUST-34 customer.created name=C34 status=active
given customer CUST-35 customer.created name=C35 status=active
given customer CUST-36 customer.created name=C36 status=active
given customer CUST-37 customer.created name=C37 status=active
given customer CUST-38 customer.created name=C38 status=active
given customer CUST-39 customer.created name=C39 status=active
when admin.reset_operational_data
then job.started
when timers
then job.stepped stage=8 after=CUST-14
then customer.removed CUST-00
then customer.removed CUST-14
then job.stepped after=CUST-29
then customer.removed CUST-15
then customer.removed CUST-29
then job.stepped
then customer.removed CUST-30
then customer.removed CUST-39 of_command=true
then job.finished steps=40
then admin.operational_data_reset removed=40 of_command=true

test a crowd that people made goes only with everything
given config BSS_ALLOW_ADMIN_RESET=true
given customer CUST-00 customer.created name=C00 status=active
given customer CUST-01 customer.created name=C01 status=active
given customer CUST-02 customer.created name=C02 status=active
given customer CUST-03 customer.created name=C03 status=active
given customer CUST-04 customer.created name=C04 status=active
given customer CUST-05 customer.created name=C05 status=active
given customer CUST-06 customer.created name=C06 status=active
given customer CUST-07 customer.created name=C07 status=active
given customer CUST-08 customer.created name=C08 status=active
given customer CUST-09 customer.created name=C09 status=active
given customer CUST-10 customer.created name=C10 status=active
given customer CUST-11 customer.created name=C11 status=active
given customer CUST-12 customer.created name=C12 status=active
given customer CUST-13 customer.created name=C13 status=active
given customer CUST-14 customer.created name=C14 status=active
given customer CUST-15 customer.created name=C15 status=active
given customer CUST-16 customer.created name=C16 status=active
given customer CUST-17 customer.created name=C17 status=active
given customer CUST-18 customer.created name=C18 status=active
given customer CUST-19 customer.created name=C19 status=active
given customer CUST-20 customer.created name=C20 status=active
given customer CUST-21 customer.created name=C21 status=active
given customer CUST-22 customer.created name=C22 status=active
given customer CUST-23 customer.created name=C23 status=active
given customer CUST-24 customer.created name=C24 status=active
given customer CUST-25 customer.created name=C25 status=active
given customer CUST-26 customer.created name=C26 status=active
given customer CUST-27 customer.created name=C27 status=active
given customer CUST-28 customer.created name=C28 status=active
given customer CUST-29 customer.created name=C29 status=active
given customer CUST-30 customer.created name=C30 status=active
given customer CUST-31 customer.created name=C31 status=active
given customer CUST-32 customer.created name=C32 status=active
given customer CUST-33 customer.created name=C33 status=active
given customer CUST-34 customer.created name=C34 status=active
given customer CUST-35 customer.created name=C35 status=active
given customer CUST-36 customer.created name=C36 status=active
given customer CUST-37 customer.created name=C37 status=active
given customer CUST-38 customer.created name=C38 status=active
given customer CUST-39 customer.created name=C39 status=active
when admin.reset_operational_data everything=true
then job.started
when timers
then job.stepped stage=8
then job.stepped stage=8
then job.stepped
then job.finished steps=40
then admin.operational_data_reset removed=40
