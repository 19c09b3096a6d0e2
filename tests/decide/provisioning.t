# Network tasks and the faults that can be injected into them.

test a report is recorded, once
given service_order SO-0001 service_order.in_progress order_id=ORD-0001 cfs_service_id=SVC-0001 action=add
given provisioning_task PTK-0001 provisioning.task.created service_id=SVC-0001 service_order_id=SO-0001 order_id=ORD-0001 task_type=HLR_PROVISION max_attempts=3
given provisioning_task PTK-0002 provisioning.task.created service_id=SVC-0001 service_order_id=SO-0001 order_id=ORD-0001 task_type=PCRF_POLICY_PUSH max_attempts=3
when provisioning.report PTK-0001 outcome=attempt_failed attempts=1 last_error="no answer"
then only provisioning.task.attempt_failed PTK-0001 attempts=1
when provisioning.report PTK-0001 outcome=completed attempts=2
then only provisioning.task.completed PTK-0001 attempts=2 max_attempts=3 task_type=HLR_PROVISION
when provisioning.report PTK-0001 outcome=failed attempts=3
then nothing
when provisioning.report PTK-0009 outcome=completed
then refused provisioning_task.not_found

test a stuck task runs again when somebody says what was done
given service_order SO-0001 service_order.in_progress order_id=ORD-0001 cfs_service_id=SVC-0001 action=add
given provisioning_task PTK-0001 provisioning.task.created service_id=SVC-0001 service_order_id=SO-0001 order_id=ORD-0001 task_type=HLR_PROVISION max_attempts=3
when provisioning.resolve_stuck PTK-0001 note="  "
then refused provisioning.resolve_stuck.requires_note task_id=PTK-0001
when provisioning.resolve_stuck PTK-0009 note=done
then refused provisioning_task.not_found
when provisioning.resolve_stuck PTK-0001 note=done
then refused provisioning_task.resolve.requires_stuck_state state=pending
when provisioning.report PTK-0001 outcome=stuck
then only provisioning.task.stuck PTK-0001
when provisioning.resolve_stuck PTK-0001 note="rebooted the HLR"
then only provisioning.task.restarted PTK-0001 order_id=ORD-0001 service_order_id=SO-0001 note="rebooted the HLR" why=resolve
when provisioning.report PTK-0001 outcome=completed attempts=1
then provisioning.task.completed PTK-0001 order_id=ORD-0001

test a stuck or failed task of an order that is over stays where it is
given service_order SO-0001 service_order.in_progress order_id=ORD-0001 cfs_service_id=SVC-0001 action=add ; service_order.cancelled
given provisioning_task PTK-0001 provisioning.task.created service_id=SVC-0001 service_order_id=SO-0001 task_type=HLR_PROVISION ; provisioning.task.stuck
given provisioning_task PTK-0002 provisioning.task.created service_id=SVC-0001 service_order_id=SO-0001 task_type=HLR_PROVISION ; provisioning.task.failed
when provisioning.resolve_stuck PTK-0001 note=done
then refused provisioning_task.resolve.order_is_over service_order_id=SO-0001
when provisioning.retry_failed PTK-0002
then refused provisioning_task.retry.order_is_over service_order_id=SO-0001

test a failed teardown is tried again with fresh attempts
given service_order SO-0001 service_order.in_progress cfs_service_id=SVC-0001 action=delete
given provisioning_task PTK-0001 provisioning.task.created service_id=SVC-0001 service_order_id=SO-0001 task_type=HLR_DEPROVISION max_attempts=3
when provisioning.retry_failed PTK-0001
then refused provisioning_task.retry.requires_failed_state state=pending
when provisioning.report PTK-0001 outcome=failed attempts=3 last_error="no answer"
then only provisioning.task.failed PTK-0001 permanent=true attempts=3
when provisioning.retry_failed PTK-0001
then only provisioning.task.restarted PTK-0001 why=retry max_attempts=3
when provisioning.retry_failed PTK-0009
then refused provisioning_task.not_found
when provisioning.cancel_task PTK-0001 reason=test
then only provisioning.task.cancelled PTK-0001
when provisioning.cancel_task PTK-0001
then refused provisioning_task.cancel.requires_open_state state=cancelled
when provisioning.remove_task PTK-0001
then only provisioning.task.removed

test fault rules
when provisioning.add_fault_injection FI_A task_type=HLR_PROVISION fault_type=stuck probability=0.5
then only provisioning.fault_injection.added FI_A enabled=false
when provisioning.add_fault_injection FI_A task_type=HLR_PROVISION fault_type=slow probability=0.5
then refused provisioning.fault_injection.already_exists fault_id=FI_A
when provisioning.add_fault_injection FI_B task_type=HLR_PROVISION fault_type=slow probability=1.5
then refused provisioning.fault_injection.invalid_probability
when provisioning.set_fault_injection task_type=HLR_PROVISION fault_type=stuck enabled=true
then only provisioning.fault_injection.changed FI_A enabled=true probability=0.5
when provisioning.set_fault_injection task_type=HLR_PROVISION fault_type=stuck enabled=true probability=1.0
then only provisioning.fault_injection.changed FI_A probability=1
when provisioning.set_fault_injection task_type=HLR_PROVISION fault_type=stuck enabled=true probability=-1
then refused provisioning.fault_injection.invalid_probability
when provisioning.set_fault_injection task_type=HLR_PROVISION fault_type=slow enabled=true
then refused provisioning.fault_injection.not_found task_type=HLR_PROVISION fault_type=slow
given caller actor=eve channel=portal-self-serve
when provisioning.set_fault_injection task_type=HLR_PROVISION fault_type=stuck enabled=false
then refused provisioning.set_fault_injection.admin_only
