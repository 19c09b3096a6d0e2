# Cards on file, charges and refunds.

test the first card is the default; a sixth is refused
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
when payment_method.add customer_id=CUST-1 token=tok_a last4=4242 brand=visa exp_month=12 exp_year=2030
then only payment_method.added PM-0001 customer_id=CUST-1 last4=4242 token_provider=mock is_default=true
when payment_method.add customer_id=CUST-1 token=tok_b last4=1111 exp_month=12 exp_year=2030 token_provider=sandbox
then only payment_method.added PM-0002 brand=unknown token_provider=mock
given payment_method PM-0003 payment_method.added customer_id=CUST-1
given payment_method PM-0004 payment_method.added customer_id=CUST-1
given payment_method PM-0005 payment_method.added customer_id=CUST-1
when payment_method.add customer_id=CUST-1 token=tok_f last4=1111 exp_month=12 exp_year=2030
then refused payment_method.add.at_most_n_methods customer_id=CUST-1 current_count=5 max=5

test a card needs a living owner, a future, and a token
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name="Ada Lim" status=active
given customer CUST-2 customer.created name="Bo" status=active ; customer.updated status=closed
when payment_method.add customer_id=CUST-9 token=tok_a last4=4242 exp_month=12 exp_year=2030
then refused payment_method.add.customer_exists customer_id=CUST-9
when payment_method.add customer_id=CUST-2 token=tok_a last4=4242 exp_month=12 exp_year=2030
then refused payment_method.add.customer_active_or_pending status=closed
when payment_method.add customer_id=CUST-1 token=tok_a last4=4242 exp_month=1 exp_year=2026
then refused payment_method.add.card_not_expired exp_month=1 exp_year=2026
when payment_method.add customer_id=CUST-1 token=tok_a last4=4242 exp_month=13 exp_year=2030
then refused payment_method.add.card_not_expired
when payment_method.add customer_id=CUST-1 token=4242424242424242 last4=4242 exp_month=12 exp_year=2030
then refused payment_method.add.token_not_card_number
when payment_method.add customer_id=CUST-1 token=tok_a last4=4242 exp_month=2 exp_year=2026
then payment_method.added

test another card becomes the default
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 is_default=true
given payment_method PM-0002 payment_method.added customer_id=CUST-1 last4=1111
when payment.set_default PM-0002
then only payment_method.default_changed PM-0002 previous_id=PM-0001 last4=1111
when payment.set_default PM-0002
then nothing
when payment.set_default PM-0009
then refused payment_method.set_default.not_found payment_method_id=PM-*
given payment_method PM-0001 payment_method.cutover_invalidated
when payment.set_default PM-0001
then refused payment_method.set_default.expired
given payment_method PM-0001 payment_method.removed
when payment.set_default PM-0001
then refused payment_method.set_default.removed

test a card is taken off file, but not the last one of a live line
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1
given payment_method PM-0002 payment_method.added customer_id=CUST-1
given subscription SUB-0001 subscription.activated customer_id=CUST-1 msisdn=90000000
when payment.remove_method PM-0001
then only payment_method.removed PM-0001
when payment.remove_method PM-0001
then refused payment_method.remove.already_removed
when payment.remove_method PM-0002
then refused payment_method.remove.not_last_active_with_subscription customer_id=CUST-1
when payment.remove_method PM-0009
then refused payment_method.remove.not_found payment_method_id=PM-*
given subscription SUB-0001 subscription.terminated
when payment.remove_method PM-0002
then only payment_method.removed PM-0002
when payment.forget_method PM-0002
then refused payment_method.remove.already_removed

test when the default card goes, another one takes its place
given payment_method PM-0001 payment_method.added customer_id=CUST-1 is_default=true
given payment_method PM-0002 payment_method.added customer_id=CUST-1 last4=1111
when payment.remove_method PM-0001
then payment_method.removed PM-0001
then only payment_method.default_changed PM-0002 previous_id=PM-0001

test cutover expires the mock provider's tokens
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token_provider=mock
given payment_method PM-0002 payment_method.added customer_id=CUST-1 token_provider=stripe
when payment.cutover
then nothing
when payment.cutover invalidate_mock_tokens=true
then only payment_method.cutover_invalidated PM-0001 reason=operator_cutover

test a charge is an intent first; its answer is recorded once
given customer CUST-1 customer.created name="Ada Lim" status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock
when payment.charge customer_id=CUST-1 payment_method_id=PM-0001 amount=12.50
then only payment.charge_requested PAY-000001 amount="12.50 SGD" purpose=manual
when payment.record_result PAY-000001 status=approved provider_call_id=mock_1
then only payment.charged PAY-000001 status=approved amount="12.50 SGD"
when payment.record_result PAY-000001 status=declined
then nothing
when payment.refund PAY-000001 reason="charged twice"
then only payment.refund_requested amount="12.50 SGD" provider_call_id=mock_1
when payment.record_refund PAY-000001 refused=true reason=closed
then only payment.refund_failed reason=closed
when payment.refund PAY-000001 reason=again
then payment.refund_requested
when payment.record_refund PAY-000001 provider_call_id=r1
then only payment.refunded PAY-000001 amount="12.50 SGD"
when payment.record_refund PAY-000001
then nothing
when payment.refund PAY-000001 reason=again
then refused payment.refund.requires_approved status=refunded
when payment.refund PAY-000009 reason=again
then refused payment.attempt.not_found
when payment.attempt_remove PAY-000001
then only payment.attempt_removed

test a declined and an errored charge move no money
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=tok_a token_provider=mock
when payment.charge customer_id=CUST-1 payment_method_id=PM-0001 amount=5.00
then payment.charge_requested
when payment.record_result PAY-000001 status=declined decline_reason=card_declined_by_issuer
then only payment.declined decline_reason=card_declined_by_issuer
when payment.refund PAY-000001 reason=x
then refused payment.refund.requires_approved status=declined
when payment.charge customer_id=CUST-1 payment_method_id=PM-0001 amount=5.00
then payment.charge_requested PAY-000002
when payment.record_result PAY-000002 status=errored
then only payment.errored PAY-000002

test what a charge refuses
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token_provider=mock
given payment_method PM-0002 payment_method.added customer_id=CUST-1 token_provider=stripe
given payment_method PM-0003 payment_method.added customer_id=CUST-1 token_provider=mock ; payment_method.removed
when payment.charge customer_id=CUST-1 payment_method_id=PM-0009 amount=5.00
then refused payment.charge.method_not_found
when payment.charge customer_id=CUST-1 payment_method_id=PM-0003 amount=5.00
then refused payment.charge.method_active status=removed
when payment.charge customer_id=CUST-1 payment_method_id=PM-0001 amount=0.00
then refused payment.charge.positive_amount amount=0.00
when payment.charge customer_id=CUST-1 payment_method_id=PM-0001 amount=5.001
then refused payment.charge.positive_amount
when payment.charge customer_id=CUST-1 payment_method_id=PM-0001 amount=5.00 currency=XXQ
then refused payment.charge.positive_amount
when payment.charge customer_id=CUST-2 payment_method_id=PM-0001 amount=5.00
then refused payment.charge.customer_matches_method requested_customer_id=CUST-2 method_customer_id=CUST-1
when payment.charge customer_id=CUST-1 payment_method_id=PM-0002 amount=5.00
then refused payment.charge.token_provider_matches_active row_token_provider=stripe expected_token_provider=mock
