# A commercial order, from the counter to the line.

test an order is placed and goes all the way through the network to the charge
given clock 2026-02-15T09:00:00Z
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given service_specification RFS catalog.service_specification.added name=Bearer type=RFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS rfs_spec_ids=RFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525","activation_code":"LPA:1$x$y"}]
when order.create customer_id=CUST-1 offering_id=PLAN_S
then order.acknowledged ORD-0001 price="10.00 SGD" price_id=PRICE_S item_id=OI-0001 offering_name=Lite
then order.in_progress ORD-0001 payment_method_id=PM-0001
then inventory.msisdn.reserved 90000000 reserved_for=ORD-0001 customer_id=CUST-1
then inventory.esim.reserved 8910
then service.designed SVC-0001 type=CFS spec_id=CFS
then service.designed SVC-0002 type=RFS parent_service_id=SVC-0001
then service.reserved SVC-0002
then inventory.esim.msisdn_bound 8910 msisdn=90000000
then service.reserved SVC-0001 msisdn=90000000 iccid=8910 activation_code=LPA:1$x$y
then service_order.in_progress SO-0001 order_id=ORD-0001 action=add
then provisioning.task.created PTK-0001 task_type=HLR_PROVISION
then provisioning.task.created PTK-0002 task_type=PCRF_POLICY_PUSH
then provisioning.task.created PTK-0003 task_type=OCS_BALANCE_INIT
then provisioning.task.created PTK-0004 task_type=ESIM_PROFILE_PREPARE
then made ORD-0001
when provisioning.report PTK-0003 outcome=completed attempts=1
then only provisioning.task.completed PTK-0003
when provisioning.report PTK-0001 outcome=completed attempts=1
then only provisioning.task.completed
when provisioning.report PTK-0002 outcome=completed attempts=1
then only provisioning.task.completed
when provisioning.report PTK-0004 outcome=completed attempts=1
then provisioning.task.completed
then service.activated SVC-0002
then service.activated SVC-0001
then service_order.completed SO-0001 msisdn=90000000 iccid=8910
then payment.charge_requested PAY-000001 amount="10.00 SGD" purpose=activation order_id=ORD-0001
when payment.record_result PAY-000001 status=approved provider_call_id=mock_1
then payment.charged PAY-000001
then subscription.activated SUB-0001 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z amount_charged="10.00 SGD" msisdn=90000000
then inventory.msisdn.assigned 90000000 subscription_id=SUB-0001
then inventory.esim.msisdn_bound 8910 subscription_id=SUB-0001
then service.linked SVC-0002 subscription_id=SUB-0001
then service.linked SVC-0001 subscription_id=SUB-0001
then order.completed ORD-0001 subscription_id=SUB-0001 cfs_service_id=SVC-0001
when order.cancel ORD-0001
then refused order.transition.invalid current_state=completed target_state=cancelled allowed=[]

test a declined card fails the order; number and eSIM go back, the network is torn down
given clock 2026-02-15T09:00:00Z
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_DECLINE token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
when order.create customer_id=CUST-1 offering_id=PLAN_S msisdn_preference=90000002
then inventory.msisdn.reserved 90000002
when provisioning.report PTK-0001 outcome=completed attempts=1
then provisioning.task.completed
when provisioning.report PTK-0002 outcome=completed attempts=1
then provisioning.task.completed
when provisioning.report PTK-0003 outcome=completed attempts=1
then provisioning.task.completed
when provisioning.report PTK-0004 outcome=completed attempts=1
then payment.charge_requested PAY-000001
when payment.record_result PAY-000001 status=declined decline_reason=card_declined_by_issuer
then payment.declined
then order.failed ORD-0001 reason=subscription.create.requires_payment_success message=*
then inventory.msisdn.released 90000002 status=available
then inventory.esim.released 8910
then service_order.in_progress SO-0002 action=delete
then provisioning.task.created PTK-0005 task_type=HLR_DEPROVISION
when provisioning.report PTK-0005 outcome=completed attempts=1
then provisioning.task.completed
then service.terminated SVC-0001
then service_order.completed SO-0002 action=delete

test a task that fails for good fails the order and everything goes back
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
when order.create customer_id=CUST-1 offering_id=PLAN_S
then order.in_progress
when provisioning.report PTK-0001 outcome=failed attempts=3 last_error="no answer"
then provisioning.task.failed PTK-0001
then provisioning.task.cancelled PTK-0002
then inventory.msisdn.released 90000000 status=available
then inventory.esim.released 8910
then service.failed SVC-0001
then service_order.failed SO-0001 reason="provisioning task HLR_PROVISION failed permanently"
then only order.failed ORD-0001 reason="provisioning task HLR_PROVISION failed permanently"
when provisioning.report PTK-0003 outcome=failed attempts=1
then nothing
when order.create customer_id=CUST-1 offering_id=PLAN_S
then inventory.msisdn.reserved 90000000 reserved_for=ORD-0002
when provisioning.report PTK-0003 outcome=completed attempts=1
then provisioning.task.completed PTK-0003
then service_order.in_progress SO-0003 action=delete cfs_service_id=SVC-0001
then only provisioning.task.created PTK-0009 task_type=HLR_DEPROVISION service_id=SVC-0001
when provisioning.report PTK-0004 outcome=completed attempts=1
then only provisioning.task.completed PTK-0004
when provisioning.report PTK-0009 outcome=completed attempts=1
then provisioning.task.completed
then only service_order.completed SO-0003 action=delete
when provisioning.report PTK-0002 outcome=completed attempts=1
then provisioning.task.completed PTK-0002
then service_order.in_progress SO-0004 action=delete
then only provisioning.task.created PTK-0010 task_type=HLR_DEPROVISION

test an order that fails half built has what was built torn down
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
when order.create customer_id=CUST-1 offering_id=PLAN_S
then order.in_progress
when provisioning.report PTK-0001 outcome=completed attempts=1
then provisioning.task.completed
when provisioning.report PTK-0002 outcome=failed attempts=3
then provisioning.task.failed PTK-0002
then provisioning.task.cancelled PTK-0003
then inventory.msisdn.released 90000000 status=available
then inventory.esim.released 8910
then service_order.failed SO-0001
then order.failed ORD-0001
then service_order.in_progress SO-0002 action=delete cfs_service_id=SVC-0001
then only provisioning.task.created PTK-0005 task_type=HLR_DEPROVISION
when provisioning.report PTK-0005 outcome=completed attempts=1
then provisioning.task.completed
then service_order.completed SO-0002 action=delete

test an order is cancelled while its card is charged: the network is torn down, the money goes back
given clock 2026-02-15T09:00:00Z
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
when order.create customer_id=CUST-1 offering_id=PLAN_S
then order.in_progress
when provisioning.report PTK-0001 outcome=completed attempts=1
then provisioning.task.completed
when provisioning.report PTK-0002 outcome=completed attempts=1
then provisioning.task.completed
when provisioning.report PTK-0003 outcome=completed attempts=1
then provisioning.task.completed
when provisioning.report PTK-0004 outcome=completed attempts=1
then payment.charge_requested PAY-000001
when order.cancel ORD-0001 reason="changed my mind"
then order.cancelled ORD-0001 reason="changed my mind"
then inventory.msisdn.released 90000000 status=available
then inventory.esim.released 8910
then service_order.in_progress SO-0002 action=delete
then only provisioning.task.created PTK-0005 task_type=HLR_DEPROVISION
when payment.record_result PAY-000001 status=approved provider_call_id=mock_1
then payment.charged PAY-000001
then only payment.refund_requested PAY-000001 amount="10.00 SGD" provider_call_id=mock_1
when payment.record_refund PAY-000001 provider_call_id=mock_refund_1
then only payment.refunded PAY-000001

test an empty pool fails the order at once, with the pool's own rule
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
when order.create customer_id=CUST-1 offering_id=PLAN_S
then order.acknowledged
then order.in_progress
then service_order.acknowledged SO-0001 order_id=ORD-0001 action=add
then service_order.failed SO-0001 order_id=ORD-0001 reason=msisdn.reserve.no_available message="The number pool is empty"
then only order.failed ORD-0001 reason=msisdn.reserve.no_available message="The number pool is empty"

test an order is cancelled before activation and what was reserved goes back
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
when order.create customer_id=CUST-1 offering_id=PLAN_S hold=true
then only order.acknowledged ORD-0001
when order.submit ORD-0001
then order.in_progress ORD-0001
when order.submit ORD-0001
then refused order.transition.invalid current_state=in_progress target_state=in_progress allowed=["cancelled","completed","failed"]
when order.cancel ORD-0001
then order.cancelled ORD-0001
then provisioning.task.cancelled PTK-0001
then inventory.msisdn.released 90000000
then inventory.esim.released 8910
then service.failed
then service_order.cancelled SO-0001
when order.cancel ORD-0001
then refused order.transition.invalid
when order.cancel ORD-0009
then refused order.not_found
when provisioning.report PTK-0001 outcome=attempt_failed attempts=1
then nothing
when provisioning.report PTK-0001 outcome=completed attempts=1
then provisioning.task.completed PTK-0001
then service_order.in_progress SO-0002 action=delete cfs_service_id=SVC-0001
then only provisioning.task.created task_type=HLR_DEPROVISION

test who may order what
given customer CUST-1 customer.created name="Ada Lim" status=active
given customer CUST-2 customer.created name="Bo" status=pending
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given offering PLAN_R catalog.offering.added name=Old is_sellable=true lifecycle_status=active allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}] ; catalog.offering.retired
given price PRICE_R catalog.price.added offering_id=PLAN_R price_type=recurring amount="10.00 SGD" lifecycle_status=active
when order.create customer_id=CUST-9 offering_id=PLAN_S
then refused order.create.customer_not_found customer_id=CUST-9
when order.create customer_id=CUST-2 offering_id=PLAN_S
then refused order.create.customer_not_active customer_id=CUST-2
when order.create customer_id=CUST-1 offering_id=PLAN_S
then refused order.create.requires_verified_customer customer_id=CUST-1
given config BSS_REQUIRE_KYC=false
when order.create customer_id=CUST-1 offering_id=PLAN_X
then refused order.create.offering_not_found offering_id=PLAN_X
when order.create customer_id=CUST-1 offering_id=PLAN_S
then refused policy.offering.not_sellable_now underlying=catalog.price.no_active_row
when order.create customer_id=CUST-1 offering_id=PLAN_R
then refused policy.offering.not_sellable_now offering_id=PLAN_R
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
when order.create customer_id=CUST-1 offering_id=PLAN_S
then refused order.create.no_payment_method customer_id=CUST-1

test a held order is submitted by a customer who may still have it
given config BSS_REQUIRE_KYC=false
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given order ORD-0001 order.acknowledged customer_id=CUST-1 offering_id=PLAN_S price="10.00 SGD"
given customer CUST-1 customer.updated status=closed
when order.submit ORD-0001
then refused order.submit.customer_not_active customer_id=CUST-1
given order ORD-0001 order.in_progress
when order.charge ORD-0001 cfs_service_id=SVC-0001
then refused order.charge.customer_not_active customer_id=CUST-1
given customer CUST-1 customer.updated status=active
given order ORD-0002 order.acknowledged customer_id=CUST-1 offering_id=PLAN_S price="10.00 SGD"
given payment_method PM-0001 payment_method.removed
when order.submit ORD-0002
then refused order.submit.no_payment_method customer_id=CUST-1

test a number that was taken from an order by hand is not taken from the line that has it now
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given customer CUST-1 customer.created name="Ada Lim" status=active ; customer.kyc_attested kyc_status=verified
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_S catalog.offering.added name=Lite is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":5120,"unit":"mb"}]
given price PRICE_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD" lifecycle_status=active
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=3
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"},{"iccid":"8911","imsi":"526"}]
when order.create customer_id=CUST-1 offering_id=PLAN_S
then inventory.msisdn.reserved 90000000 reserved_for=ORD-0001
when inventory.msisdn.release 90000000
then inventory.msisdn.released 90000000
given msisdn 90000000 inventory.msisdn.reserved reserved_for=ORD-0009 ; inventory.msisdn.assigned subscription_id=SUB-0009
when order.cancel ORD-0001
then order.cancelled ORD-0001
then inventory.esim.released 8910
then service.failed
then only service_order.cancelled SO-0001

test a registered order stays acknowledged
when order.register document={"description":"x"}
then only order.acknowledged ORD-0001 document=*
when order.submit ORD-0001
then refused order.submit.requires_offering
when order.update ORD-0001 document={"description":"y"}
then only order.updated ORD-0001 document=*
when order.update ORD-0009 document={"description":"y"}
then refused order.not_found
when order.remove ORD-0001
then only order.removed

test an order that takes too long is flagged once
given clock 2026-02-15T09:00:00Z
given order ORD-0001 order.acknowledged customer_id=CUST-1 offering_id=PLAN_S price="10.00 SGD" ; order.in_progress
when timers
then nothing
given clock 2026-02-15T09:15:01Z
when timers
then only order.stuck ORD-0001 state=in_progress stuck_since_order_date=2026-02-15T09:00:00Z
when timers
then nothing
when order.mark_stuck ORD-0009
then refused order.not_found

test what the saga's own steps refuse
given order ORD-0001 order.acknowledged customer_id=CUST-1 offering_id=PLAN_S price="10.00 SGD"
when order.complete ORD-0001 subscription_id=SUB-0001
then refused order.transition.invalid
when order.fail ORD-0009 reason=x
then refused order.not_found
given customer CUST-1 customer.created name="Ada Lim" status=active
given order ORD-0001 order.in_progress
when order.charge ORD-0001 cfs_service_id=SVC-0001
then refused order.charge.no_payment_method customer_id=CUST-1
