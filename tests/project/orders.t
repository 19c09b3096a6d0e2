# Orders, the network, payments.

test an order's life
given clock 2026-02-15T09:00:00Z
given order ORD-0001 order.acknowledged customer_id=CUST-1 offering_id=PLAN_M offering_name=Standard item_id=OI-0001 price="25.00 SGD" price_id=P_M notes="ring twice"
then result order_mgmt.product_order ORD-0001 state=acknowledged orderDate=2026-02-15T09:00:01Z completedDate=null items.0.priceAmount=25.00 items.0.action=add items.0.targetSubscriptionId=null items.0.discountCode=null @type=ProductOrder
then tmf order_mgmt.product_order ORD-0001 state=acknowledged orderDate=2026-02-15T09:00:01.000Z relatedParty.0.id=CUST-1 productOrderItem.0.id=OI-0001 productOrderItem.0.productOffering.name=Standard note.0.text="ring twice"
given order ORD-0001 order.in_progress payment_method_id=PM-1 ; order.stuck state=in_progress
then tmf order_mgmt.product_order ORD-0001 state=inProgress productOrderItem.0.state=inProgress
then row order_mgmt.product_order ORD-0001 stuck_flagged_at=2026*
given order ORD-0001 order.completed subscription_id=SUB-1 cfs_service_id=SVC-1
when order.get ORD-0001
then answer state=completed items.0.state=completed items.0.targetSubscriptionId=SUB-1 completedDate=2026*
given order ORD-0002 order.acknowledged customer_id=CUST-1 offering_id=PLAN_M ; order.failed reason=payment.declined message="The card was declined"
given order ORD-0003 order.acknowledged customer_id=CUST-2 offering_id=PLAN_M ; order.cancelled reason="changed my mind"
then tmf order_mgmt.product_order ORD-0003 state=cancelled cancellationReason="changed my mind" cancellationDate=2026*
then tmf order_mgmt.cancel_product_order ORD-0003 state=done cancellationReason="changed my mind" productOrder.id=ORD-0003 effectiveCancellationDate=2026*
when order.list
then answer length=3 0.id=ORD-0003 2.id=ORD-0001
when order.list customer_id=CUST-1 state=failed
then answer length=1 0.stateReason=payment.declined 0.stateMessage="The card was declined"
when order.list limit=1 offset=1
then answer length=1 0.id=ORD-0002
given order ORD-0003 order.removed reason=reset
when order.get ORD-0003
then missing order.not_found

test an order that TMF622 registers
given order ORD-1 order.acknowledged document={"productOrderItem":[{"id":"100","action":"add","quantity":2}],"category":"B2C","relatedParty":[]}
then tmf order_mgmt.product_order ORD-1 productOrderItem.0.id=100 productOrderItem.0.quantity=2 productOrderItem.0.state=acknowledged category=B2C relatedParty.length=0
then result order_mgmt.product_order ORD-1 items.length=0
given order ORD-1 order.updated document={"category":"B2B"} notes=x
then tmf order_mgmt.product_order ORD-1 category=B2B relatedParty.length=0 productOrderItem.length=0

test the network side of an order
given service SVC-1 service.designed customer_id=CUST-1 order_id=ORD-1 service_order_id=SO-1 spec_id=CFS name=Broadband type=CFS offering_id=PLAN_M
given service SVC-2 service.designed customer_id=CUST-1 spec_id=RFS type=RFS parent_service_id=SVC-1
given service_order SO-1 service_order.in_progress order_id=ORD-1 customer_id=CUST-1 action=add item_id=SOI-1 cfs_service_id=SVC-1 cfs_spec_id=CFS
given service SVC-1 service.reserved msisdn=90000001 iccid=8910 imsi=525 activation_code=LPA:1$x$y
given provisioning_task PTK-1 provisioning.task.created customer_id=CUST-1 service_id=SVC-1 service_order_id=SO-1 order_id=ORD-1 task_type=HLR_PROVISION msisdn=90000001 max_attempts=3
given provisioning_task PTK-2 provisioning.task.created service_id=SVC-1 task_type=OCS_BALANCE_INIT max_attempts=3
given provisioning_task PTK-1 provisioning.task.attempt_failed attempts=1 last_error=timeout ; provisioning.task.stuck service_id=SVC-1 task_type=HLR_PROVISION attempts=1 max_attempts=3
then row provisioning.task PTK-1 state=stuck attempts=1 last_error=timeout
then result service_inventory.service SVC-1 state=reserved children.0=SVC-2 characteristics.msisdn=90000001 characteristics.pendingTasks.HLR_PROVISION=stuck characteristics.pendingTasks.OCS_BALANCE_INIT=pending
given provisioning_task PTK-1 provisioning.task.restarted service_id=SVC-1 task_type=HLR_PROVISION note="cable in" why=resolve ; provisioning.task.completed service_id=SVC-1 task_type=HLR_PROVISION attempts=1
given provisioning_task PTK-2 provisioning.task.failed service_id=SVC-1 task_type=OCS_BALANCE_INIT attempts=3 last_error=no permanent=true
then result provisioning.task PTK-1 state=completed attempts=1 lastError="Resolved by operator: cable in" payload.msisdn=90000001 completedAt=2026* commercialOrderId=ORD-1
when provisioning.list_tasks service_id=SVC-1
then answer length=2 0.id=PTK-2 0.state=failed
when provisioning.get_task PTK-9
then missing provisioning_task.not_found
given service SVC-1 service.activated ; service.linked subscription_id=SUB-1
given service_order SO-1 service_order.completed order_id=ORD-1
then tmf service_inventory.service SVC-1 state=active name=Broadband category=CFS supportingService.0.id=SVC-2 serviceRelationship.0.relationshipType=reliesOn serviceSpecification.id=CFS relatedParty.0.id=CUST-1 serviceCharacteristic.0.valueType=string place.length=0
when service.list_for_subscription SUB-1
then answer length=1 0.state=activated
when service.get SVC-2
then answer parentServiceId=SVC-1 type=RFS
when service_order.list_for_order ORD-1
then answer 0.state=completed 0.items.0.targetServiceId=SVC-1 0.completedAt=2026*
when service_order.get SO-1
then answer commercialOrderId=ORD-1
given service SVC-1 service.terminated reason=x
given service SVC-2 service.failed reason=y
then tmf service_inventory.service SVC-1 state=terminated endDate=2026*
then tmf service_inventory.service SVC-2 state=inactive
given service_order SO-2 service_order.in_progress order_id=ORD-2 ; service_order.failed reason=pool
given service_order SO-3 service_order.in_progress order_id=ORD-3 ; service_order.cancelled reason=x ; service_order.removed
then row service_inventory.service_order SO-2 state=failed reason=pool
given service_order SO-4 service_order.acknowledged order_id=ORD-4 customer_id=CUST-1 offering_id=PLAN_M action=add item_id=SOI-4 cfs_spec_id=CFS
when service_order.get SO-4
then answer state=acknowledged items.0.serviceSpecId=CFS items.0.targetServiceId=null startedAt=null
given service_order SO-4 service_order.failed order_id=ORD-4 reason=esim.reserve.status_must_be_available message="The eSIM pool is empty"
when service_order.list_for_order ORD-4
then answer length=1 0.state=failed 0.stateReason=esim.reserve.status_must_be_available
then gone service_inventory.service_order SO-3
given provisioning_task PTK-3 provisioning.task.created service_id=SVC-1 task_type=HLR_DEPROVISION ; provisioning.task.cancelled reason=x
then row provisioning.task PTK-3 state=cancelled
given provisioning_task PTK-3 provisioning.task.removed
then gone provisioning.task PTK-3

test a service that TMF638 registers
given service SVC-9 service.registered name=Line state=inactive category=CFS document={"description":"d","place":[{"id":"p","role":"r","href":"h"}]}
then tmf service_inventory.service SVC-9 name=Line state=inactive description=d place.0.id=p
given service SVC-9 service.updated state=active document={"description":"e"}
then tmf service_inventory.service SVC-9 state=active description=e
given service SVC-9 service.removed
then gone service_inventory.service SVC-9

test fault rules
given fault_injection FI_1 provisioning.fault_injection.added task_type=HLR_PROVISION fault_type=stuck probability=0.05
given fault_injection FI_1 provisioning.fault_injection.changed task_type=HLR_PROVISION fault_type=stuck probability=1 enabled=true
when provisioning.list_fault_injection
then answer length=1 0.enabled=true 0.probability=1 0.@type=FaultInjection

test cards on file and charges
given payment_method PM-1 payment_method.added customer_id=CUST-1 type=card token=tok token_provider=mock brand=visa last4=4242 exp_month=12 exp_year=2030 is_default=true
given payment_method PM-2 payment_method.added customer_id=CUST-1 type=card token=tok2 token_provider=mock last4=1111
given payment_method PM-2 payment_method.default_changed customer_id=CUST-1 previous_id=PM-1
when payment.list_methods CUST-1
then answer length=2 0.id=PM-2 0.isDefault=true 0.cardSummary.brand=unknown 1.isDefault=false 1.cardSummary.last4=4242
given payment_method PM-2 payment_method.removed customer_id=CUST-1
given payment_method PM-1 payment_method.cutover_invalidated customer_id=CUST-1
when payment.list_methods CUST-1
then answer length=0
when payment.get_method PM-2
then answer status=removed isDefault=false
given payment_attempt PAY-1 payment.charge_requested customer_id=CUST-1 payment_method_id=PM-1 amount="25.00 SGD" purpose=manual ; payment.charged gateway_ref=mock_1 provider_call_id=mock_1
when payment.get_attempt PAY-1
then answer amount=25.00 currency=SGD status=approved gatewayRef=mock_1 attemptedAt=2026*
given payment_attempt PAY-1 payment.refund_requested reason=goodwill ; payment.refund_failed reason=no
then row payment.payment_attempt PAY-1 status=approved
given payment_attempt PAY-1 payment.refund_requested reason=goodwill ; payment.refunded provider_call_id=re_1
then row payment.payment_attempt PAY-1 status=refunded refund_reason=goodwill
given payment_attempt PAY-2 payment.charge_requested customer_id=CUST-1 amount="1.00 SGD" ; payment.declined decline_reason=card_declined_by_issuer
given payment_attempt PAY-3 payment.charge_requested customer_id=CUST-2 amount="1.00 SGD" ; payment.errored
when payment.list_attempts customer_id=CUST-1
then answer length=2 0.id=PAY-2 0.declineReason=card_declined_by_issuer
given payment_attempt PAY-3 payment.attempt_removed reason=reset
then gone payment.payment_attempt PAY-3
