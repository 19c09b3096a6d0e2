# A line: top-ups, blocking, renewal, the end.

test a top-up is paid first; it opens a line that was blocked because its data was used up
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given vas_offering VAS_1GB catalog.vas.added name="1 GB" price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_S msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when usage.simulate msisdn=90000000 event_type=data quantity=100
then usage.rated SUB-0001 consumed_quantity=100 unserved=0 consumed=100 total=100
then subscription.exhausted SUB-0001 allowance_type=data consumed=100 total=100
then subscription.blocked SUB-0001 reason=exhausted
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_1GB
then payment.charge_requested PAY-000001 amount="3.00 SGD" purpose=vas subscription_id=SUB-0001
then subscription.vas_requested SUB-0001 payment_attempt_id=PAY-000001
then made SUB-0001
when payment.record_result PAY-000001 status=approved
then payment.charged
then subscription.vas_purchased SUB-0001 allowance_added=1024 previous_state=blocked amount="3.00 SGD"
then subscription.unblocked SUB-0001 reason=vas_top_up
when usage.simulate msisdn=90000000 event_type=data quantity=24
then only usage.rated consumed=124 total=1124

test a roaming top-up does not open a line without data
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given vas_offering VAS_R catalog.vas.added name="Roaming" price="8.00 SGD" allowance_type=data_roaming allowance_quantity=1024 allowance_unit=mb
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":0,"unit":"mb"}] ; subscription.blocked reason=exhausted
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_R
then payment.charge_requested
when payment.record_result PAY-000001 status=approved
then payment.charged
then only subscription.vas_purchased allowance_type=data_roaming

test a declined top-up adds nothing
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given vas_offering VAS_1GB catalog.vas.added name="1 GB" price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_1GB
then payment.charge_requested
when payment.record_result PAY-000001 status=declined decline_reason=card_declined_by_issuer
then payment.declined
then subscription.vas_failed SUB-0001 reason=payment_declined decline_reason=card_declined_by_issuer payment_status=declined message="The card was declined: card_declined_by_issuer"

test money for a line that ended meanwhile goes back
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given vas_offering VAS_1GB catalog.vas.added name="1 GB" price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_1GB
then payment.charge_requested
when subscription.terminate SUB-0001
then subscription.terminated
when payment.record_result PAY-000001 status=approved provider_call_id=mock_1
then payment.charged PAY-000001
then payment.refund_requested PAY-000001 amount="3.00 SGD" provider_call_id=mock_1

test an unlimited pass is a balance of its own until its time
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given vas_offering VAS_DAY catalog.vas.added name="Day" allowance_type=data allowance_quantity=-1 allowance_unit=mb expiry_hours=24
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":0,"unit":"mb"}] ; subscription.blocked reason=exhausted
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_DAY
then subscription.vas_purchased SUB-0001 allowance_added=-1 expires_at=2026-02-16T09:00:00Z
then subscription.unblocked SUB-0001
when usage.simulate msisdn=90000000 event_type=data quantity=500000
then only usage.rated consumed_quantity=500000 total=-1 purchase_id=SUB-0001-VAS-*
given clock 2026-02-16T09:00:01Z
when timers
then subscription.vas_expired SUB-0001 allowance_type=data
then subscription.exhausted SUB-0001
then subscription.blocked SUB-0001 reason=exhausted

test what a top-up refuses
given customer CUST-1 customer.created name="Ada Lim" status=active
given vas_offering VAS_1GB catalog.vas.added name="1 GB" price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb
given vas_offering VAS_DAY catalog.vas.added name="Day" allowance_type=data allowance_quantity=-1 allowance_unit=mb expiry_hours=24
given vas_offering VAS_OLD catalog.vas.added name="Old" price="3.00 SGD" allowance_type=data allowance_quantity=1 allowance_unit=mb ; catalog.vas.retired
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given subscription SUB-0002 subscription.activated customer_id=CUST-1 msisdn=90000001 price="10.00 SGD" ; subscription.terminated
when subscription.purchase_vas SUB-0009 vas_offering_id=VAS_1GB
then refused subscription.not_found subscription_id=SUB-0009
when subscription.purchase_vas SUB-0002 vas_offering_id=VAS_1GB
then refused subscription.vas_purchase.not_if_terminated state=terminated
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_X
then refused subscription.vas_purchase.vas_offering_sellable vas_offering_id=VAS_X
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_OLD
then refused subscription.vas_purchase.vas_offering_sellable vas_offering_id=VAS_OLD
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_1GB
then refused subscription.vas_purchase.requires_active_cof customer_id=CUST-1
given clock 2026-02-15T09:00:00Z
given subscription SUB-0001 subscription.vas_purchased purchase_id=P1 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z ; subscription.vas_purchased purchase_id=P2 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z ; subscription.vas_purchased purchase_id=P3 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z ; subscription.vas_purchased purchase_id=P4 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z
given subscription SUB-0001 subscription.vas_purchased purchase_id=P5 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z ; subscription.vas_purchased purchase_id=P6 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z ; subscription.vas_purchased purchase_id=P7 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z ; subscription.vas_purchased purchase_id=P8 allowance_type=data allowance_added=1 unit=mb expires_at=2026-03-01T00:00:00Z
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_DAY
then refused subscription.vas_purchase.at_most_n_passes
given payment_attempt PAY-000099 payment.charge_requested customer_id=CUST-1 amount="5.00 SGD" purpose=vas subscription_id=SUB-0001 vas_offering_id=VAS_DAY ; payment.charged status=approved provider_call_id=mock_9
when subscription.finish_vas SUB-0001 payment_attempt_id=PAY-000099
then refused subscription.vas_purchase.at_most_n_passes at_most=8
when subscription.finish_vas SUB-0009 payment_attempt_id=PAY-000001
then refused subscription.not_found
when subscription.expire_vas SUB-0009
then refused subscription.not_found

test a period is renewed from its end, by the worker, exactly once charged
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_S msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD" price_id=PRICE_S allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given clock 2026-03-16T09:00:00Z
when timers
then nothing
given clock 2026-03-17T10:00:00Z
when timers
then payment.charge_requested PAY-000001 amount="10.00 SGD" purpose=renewal
then subscription.renewal_requested SUB-0001 period_start=2026-03-17T09:00:00Z period_end=2026-04-16T09:00:00Z
when timers
then nothing
when subscription.renew_now SUB-0001
then refused subscription.renew.in_progress payment_attempt_id=PAY-000001
when payment.record_result PAY-000001 status=approved
then payment.charged
then subscription.renewed SUB-0001 period_start=2026-03-17T09:00:00Z period_end=2026-04-16T09:00:00Z amount_charged="10.00 SGD"
when timers
then nothing

test a renewal that comes months late renews one period after the other
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given clock 2026-05-01T09:00:00Z
when timers
then subscription.renewal_requested period_start=2026-03-17T09:00:00Z
when payment.record_result PAY-000001 status=approved
then subscription.renewed period_end=2026-04-16T09:00:00Z
when timers
then subscription.renewal_requested period_start=2026-04-16T09:00:00Z
when payment.record_result PAY-000002 status=approved
then subscription.renewed period_end=2026-05-16T09:00:00Z
when timers
then nothing

test a declined renewal blocks at once; a top-up does not open the line, renewing does
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given vas_offering VAS_1GB catalog.vas.added name="1 GB" price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given clock 2026-03-17T10:00:00Z
when timers
then subscription.renewal_requested
when payment.record_result PAY-000001 status=declined
then payment.declined
then subscription.renew_failed SUB-0001 reason=payment_declined payment_attempt_id=PAY-000001
then subscription.blocked SUB-0001 reason=renew_failed
when timers
then nothing
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_1GB
then payment.charge_requested PAY-000002
when payment.record_result PAY-000002 status=approved
then payment.charged
then only subscription.vas_purchased
when subscription.renew_now SUB-0001
then payment.charge_requested PAY-000003 purpose=renewal
then subscription.renewal_requested period_start=2026-03-17T10:00:00Z
when payment.record_result PAY-000003 status=approved
then subscription.renewed period_start=2026-03-17T10:00:00Z period_end=2026-04-16T10:00:00Z
then subscription.unblocked SUB-0001 reason=renewed

test a line that was blocked with its data used up, and then declined, comes back by renewing only
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given vas_offering VAS_1GB catalog.vas.added name="1 GB" price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":0,"unit":"mb"}] ; subscription.blocked reason=exhausted
given clock 2026-03-17T10:00:00Z
when timers
then subscription.renewal_requested
when payment.record_result PAY-000001 status=declined
then payment.declined
then only subscription.renew_failed SUB-0001 reason=payment_declined
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_1GB
then payment.charge_requested PAY-000002
when payment.record_result PAY-000002 status=approved
then payment.charged
then only subscription.vas_purchased
when subscription.renew_now SUB-0001
then payment.charge_requested PAY-000003 purpose=renewal
when payment.record_result PAY-000003 status=approved
then subscription.renewed SUB-0001
then subscription.unblocked SUB-0001 reason=renewed

test a renewal that has no answer yet is attempted until it has one, and charged once
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given clock 2026-03-17T10:00:00Z
when timers
then subscription.renewal_requested payment_attempt_id=PAY-000001
when payment.record_result PAY-000001 status=errored decline_reason="no connection"
then payment.errored
then only subscription.renewal_postponed SUB-0001 payment_attempt_id=PAY-000001 period_start=2026-03-17T09:00:00Z retry_at=2026-03-17T11:00:00Z
when timers
then nothing
given clock 2026-03-17T11:00:00Z
when timers
then payment.charge_requested PAY-000002 amount="10.00 SGD"
then subscription.renewal_requested period_start=2026-03-17T09:00:00Z period_end=2026-04-16T09:00:00Z
when payment.record_result PAY-000002 status=approved
then payment.charged
then subscription.renewed SUB-0001 period_start=2026-03-17T09:00:00Z period_end=2026-04-16T09:00:00Z
when subscription.renew_now SUB-0001
then subscription.renewal_requested payment_attempt_id=PAY-000003 period_start=2026-03-17T11:00:00Z
when payment.record_result PAY-000003 status=errored
then payment.errored
then only subscription.renewal_postponed retry_at=2026-04-16T09:00:00Z

test a line whose owner comes back after a decline is not charged again by itself
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD"
given subscription SUB-0001 subscription.renew_failed reason=payment_declined period_start=2026-03-17T09:00:00Z ; subscription.blocked reason=renew_failed
given clock 2026-03-18T09:00:00Z
when subscription.renew_now SUB-0001
then subscription.renewal_requested payment_attempt_id=PAY-000001
when payment.record_result PAY-000001 status=errored
then payment.errored
then only subscription.renewal_postponed retry_at=
given clock 2026-05-18T09:00:00Z
when timers
then nothing

test two passes bought at once when there is room for one: the second's money goes back
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock is_default=true
given vas_offering VAS_DAY catalog.vas.added name="Day" price="5.00 SGD" allowance_type=data allowance_quantity=-1 allowance_unit=mb expiry_hours=24
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 price="10.00 SGD" allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given subscription SUB-0001 subscription.vas_purchased purchase_id=P1 allowance_type=data allowance_added=1 unit=mb expires_at=2026-02-16T09:00:00Z ; subscription.vas_purchased purchase_id=P2 allowance_type=data allowance_added=1 unit=mb expires_at=2026-02-16T09:00:00Z ; subscription.vas_purchased purchase_id=P3 allowance_type=data allowance_added=1 unit=mb expires_at=2026-02-16T09:00:00Z ; subscription.vas_purchased purchase_id=P4 allowance_type=data allowance_added=1 unit=mb expires_at=2026-02-16T09:00:00Z
given subscription SUB-0001 subscription.vas_purchased purchase_id=P5 allowance_type=data allowance_added=1 unit=mb expires_at=2026-02-16T09:00:00Z ; subscription.vas_purchased purchase_id=P6 allowance_type=data allowance_added=1 unit=mb expires_at=2026-02-16T09:00:00Z ; subscription.vas_purchased purchase_id=P7 allowance_type=data allowance_added=1 unit=mb expires_at=2026-02-16T09:00:00Z
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_DAY
then payment.charge_requested PAY-000001
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_DAY
then payment.charge_requested PAY-000002
when payment.record_result PAY-000001 status=approved provider_call_id=mock_1
then subscription.vas_purchased
when payment.record_result PAY-000002 status=approved provider_call_id=mock_2
then payment.charged
then only payment.refund_requested PAY-000002 amount="5.00 SGD" provider_call_id=mock_2
given clock 2026-02-16T09:00:00Z
when subscription.purchase_vas SUB-0001 vas_offering_id=VAS_DAY
then payment.charge_requested PAY-000003

test a period whose owner has no card any more is not paid
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 period_start=2026-02-15T09:00:00Z period_end=2026-03-17T09:00:00Z price="10.00 SGD"
given clock 2026-03-17T10:00:00Z
when timers
then subscription.renew_failed SUB-0001 reason=no_payment_method
then subscription.blocked reason=renew_failed
when subscription.renew_now SUB-0001
then refused subscription.renew.no_payment_method customer_id=CUST-1
when subscription.tick_renewals_now
then refused ADMIN_RENEWAL_DISABLED
given config BSS_ALLOW_ADMIN_RESET=true
when subscription.tick_renewals_now
then nothing

test a line ends: torn down, number rests, eSIM retired
given clock 2026-02-15T09:00:00Z
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=1
given msisdn 90000000 inventory.msisdn.reserved ; inventory.msisdn.assigned subscription_id=SUB-0001 customer_id=CUST-1
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
given esim 8910 inventory.esim.reserved ; inventory.esim.msisdn_bound msisdn=90000000 subscription_id=SUB-0001
given service SVC-0001 service.designed customer_id=CUST-1 type=CFS ; service.reserved msisdn=90000000 iccid=8910 ; service.activated
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 iccid=8910 cfs_service_id=SVC-0001 price="10.00 SGD"
when subscription.terminate SUB-0001 reason=moved
then subscription.terminated SUB-0001 reason=moved msisdn=90000000 iccid=8910 terminated_at=2026-02-15T09:00:00Z
then inventory.msisdn.released 90000000 status=quarantine quarantine_until=2026-05-16T09:00:00Z
then inventory.esim.recycled 8910
then service_order.in_progress SO-0001 action=delete subscription_id=SUB-0001
then provisioning.task.created PTK-0001 task_type=HLR_DEPROVISION
when subscription.terminate SUB-0001
then refused subscription.terminate.invalid_state state=terminated
when subscription.terminate SUB-0009
then refused subscription.not_found
when subscription.renew_now SUB-0001
then refused subscription.renew.only_if_active_or_blocked state=terminated
when provisioning.report PTK-0001 outcome=completed attempts=1
then service.terminated SVC-0001
when subscription.remove SUB-0001
then subscription.removed SUB-0001
then only inventory.msisdn.quarantine_ended 90000000

test a line whose number goes elsewhere keeps it out of the pool
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=1
given msisdn 90000000 inventory.msisdn.reserved ; inventory.msisdn.assigned subscription_id=SUB-0001
given service SVC-0001 service.designed customer_id=CUST-1 type=CFS ; service.reserved msisdn=90000000 ; service.activated
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000 cfs_service_id=SVC-0001 price="10.00 SGD"
when subscription.terminate SUB-0001 reason=ported_out release_inventory=false
then only subscription.terminated number_stays=true
then only service_order.in_progress
then only provisioning.task.created

test what activation and a late payment refuse
given customer CUST-1 customer.created name="Ada Lim" status=active
given order ORD-0001 order.acknowledged customer_id=CUST-1 offering_id=PLAN_S price="10.00 SGD"
when subscription.activate order_id=ORD-0001 cfs_service_id=SVC-0001
then refused subscription.create.order_in_progress order_id=ORD-0001
given order ORD-0001 order.in_progress
when subscription.activate order_id=ORD-0001 cfs_service_id=SVC-0001
then refused subscription.create.msisdn_and_esim_reserved
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=1
given msisdn 90000000 inventory.msisdn.reserved reserved_for=ORD-0001
given esim_pool DEFAULT inventory.esim.batch_added profiles=[{"iccid":"8910","imsi":"525"}]
given service SVC-0001 service.designed customer_id=CUST-1 type=CFS ; service.reserved msisdn=90000000 iccid=8910
when subscription.activate order_id=ORD-0001 cfs_service_id=SVC-0001
then refused subscription.create.msisdn_and_esim_reserved msisdn=90000000 iccid=8910
given esim 8910 inventory.esim.reserved reserved_for=ORD-0001
when subscription.activate order_id=ORD-0001 cfs_service_id=SVC-0001
then refused subscription.create.requires_payment_success
given customer CUST-1 customer.updated status=closed
when subscription.activate order_id=ORD-0001 cfs_service_id=SVC-0001
then refused subscription.create.requires_customer customer_id=CUST-1
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000001
when subscription.finish_renewal SUB-0001 payment_attempt_id=PAY-000001
then refused subscription.renew.payment_is_for_it
when subscription.renew_due SUB-0009
then refused subscription.not_found
