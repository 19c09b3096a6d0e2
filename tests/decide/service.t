# Service orders and services.

test a service registered over TMF638 is changed and removed by hand
when service.register name=VPN state=active category=CFS document={"description":"x"}
then only service.registered SVC-0001 name=VPN state=active category=CFS
when service.update SVC-0001 state=terminated document={"description":null}
then only service.updated SVC-0001 state=terminated document={}
when service.unregister SVC-0001
then only service.removed SVC-0001
when service.update SVC-0001 name=x
then refused service.not_found service_id=SVC-0001

test a service of an order is not changed by hand
given service SVC-0001 service.designed customer_id=CUST-1 order_id=ORD-0001 type=CFS
when service.update SVC-0001 name=x
then refused service.change.requires_registered service_id=SVC-0001
when service.unregister SVC-0001
then refused service.change.requires_registered
when service.remove SVC-0001
then only service.removed reason=reset

test decomposition needs an order in progress and a plan that maps to services
when service_order.decompose order_id=ORD-0001
then refused service_order.decompose.order_in_progress order_id=ORD-0001
when service_order.refuse order_id=ORD-0001 reason=x
then refused service_order.decompose.order_in_progress order_id=ORD-0001
given offering PLAN_S catalog.offering.added name=Lite
given order ORD-0001 order.acknowledged customer_id=CUST-1 offering_id=PLAN_S ; order.in_progress
when service_order.decompose order_id=ORD-0001
then refused service_order.decompose.requires_mapping offering_id=PLAN_S

test decomposition is refused when a pool is empty, and nothing was taken
given config BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD=0
given offering PLAN_S catalog.offering.added name=Lite cfs_spec_id=CFS
given order ORD-0001 order.acknowledged customer_id=CUST-1 offering_id=PLAN_S ; order.in_progress
given msisdn_pool 9000 inventory.msisdn.range_added prefix=9000 count=1
when service_order.decompose order_id=ORD-0001
then refused esim.reserve.status_must_be_available
when inventory.msisdn.reserve 90000000
then inventory.msisdn.reserved 90000000

test a service order ends once, and only when its tasks are done
given service SVC-0001 service.designed customer_id=CUST-1 type=CFS ; service.reserved
given service_order SO-0001 service_order.in_progress cfs_service_id=SVC-0001 action=add
given provisioning_task PTK-0001 provisioning.task.created service_id=SVC-0001 service_order_id=SO-0001 task_type=HLR_PROVISION
when service_order.complete SO-0001
then refused service.activate.requires_all_rfs_activated service_order_id=SO-0001
when service_order.cancel SO-0001 reason=test
then provisioning.task.cancelled PTK-0001
then service_order.cancelled SO-0001
when service_order.fail SO-0001
then refused service_order.transition.invalid state=cancelled
when service_order.complete SO-0001
then refused service_order.transition.invalid
when service_order.cancel SO-0009
then refused service_order.not_found
when service_order.complete SO-0009
then refused service_order.not_found
when service_order.remove SO-0001
then only service_order.removed
when service_order.remove SO-0001
then refused service_order.not_found
when service_order.teardown cfs_service_id=SVC-0009
then refused service.not_found service_id=SVC-0009
when service.link SVC-0009 subscription_id=SUB-0001
then refused service.not_found
