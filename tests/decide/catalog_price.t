# Prices: a cheaper window is a promotion; a dearer price needs the old one closed.  What an order pays shows which one counts.

test a price beside the others
given offering PLAN_M catalog.offering.added name=Standard
when catalog.add_price PLAN_M price_id=PRICE_MARCH amount=20.00 valid_from=2026-03-01 valid_to=2026-04-01
then only catalog.price.added PRICE_MARCH offering_id=PLAN_M amount="20.00 SGD" valid_from=2026-03-01 valid_to=2026-04-01
then made PRICE_MARCH

test a new list price closes all that have no end, from when it begins
given clock 2026-02-15T09:00:00Z
given offering PLAN_M catalog.offering.added name=Standard
given price PRICE_A catalog.price.added offering_id=PLAN_M price_type=recurring amount="25.00 SGD"
given price PRICE_B catalog.price.added offering_id=PLAN_M price_type=recurring amount="24.00 SGD" valid_to=2026-02-01
given price PRICE_C catalog.price.added offering_id=PLAN_L price_type=recurring amount="24.00 SGD"
when catalog.add_price PLAN_M price_id=PRICE_NEW amount=30.00 valid_from=2026-03-01 retire_current=true
then only catalog.price.closed PRICE_A offering_id=PLAN_M valid_to=2026-03-01
then catalog.price.added PRICE_NEW
when catalog.add_price PLAN_M price_id=PRICE_NEWER amount=31.00 retire_current=true
then only catalog.price.closed PRICE_NEW valid_to=2026-02-15T09:00:00Z
then catalog.price.added PRICE_NEWER

test refusals, in their order
given offering PLAN_M catalog.offering.added name=Standard
given price PRICE_A catalog.price.added offering_id=PLAN_M price_type=recurring amount="25.00 SGD"
when catalog.add_price PLAN_9 price_id=PRICE_A amount=0.00
then refused catalog.offering.not_found offering_id=PLAN_9
when catalog.add_price PLAN_M price_id=PRICE_A amount=0.00
then refused catalog.price.already_exists price_id=PRICE_A
when catalog.add_price PLAN_M price_id=PRICE_B amount=1.001
then refused catalog.price.valid_amount
when catalog.add_price PLAN_M price_id=PRICE_B amount=0.00
then refused catalog.price.positive_amount
when catalog.add_price PLAN_M price_id=PRICE_B amount=20 currency=JPY
then refused catalog.price.same_currency currency=SGD
when catalog.add_price PLAN_M price_id=PRICE_B amount=20.00 valid_from=2026-03-02 valid_to=2026-03-01
then refused catalog.window.valid
given caller
when catalog.add_price PLAN_M price_id=PRICE_B amount=20.00
then refused catalog.admin_only

test the lowest price of the moment is sold, of equal ones the first by id
given clock 2026-03-15T09:00:00Z
given config BSS_REQUIRE_KYC=false
given customer CUST-1 customer.created name=Ada status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=t token_provider=mock is_default=true
given offering PLAN_M catalog.offering.added name=Standard lifecycle_status=active is_sellable=true \
	allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given price PRICE_C catalog.price.added offering_id=PLAN_M price_type=recurring amount="20.00 SGD" valid_from=2026-03-01 valid_to=2026-04-01
given price PRICE_B catalog.price.added offering_id=PLAN_M price_type=recurring amount="20.00 SGD"
given price PRICE_A catalog.price.added offering_id=PLAN_M price_type=recurring amount="25.00 SGD"
given price PRICE_0 catalog.price.added offering_id=PLAN_M price_type=recurring amount="1.00 SGD" valid_to=2026-03-15T09:00:00Z
given price PRICE_1 catalog.price.added offering_id=PLAN_M price_type=one_time amount="1.00 SGD"
when order.create customer_id=CUST-1 offering_id=PLAN_M hold=true
then order.acknowledged price_id=PRICE_B price="20.00 SGD"

test what is retired, not sellable, out of its window or without data is not sold
given clock 2026-03-15T09:00:00Z
given config BSS_REQUIRE_KYC=false
given customer CUST-1 customer.created name=Ada status=active
given payment_method PM-0001 payment_method.added customer_id=CUST-1 token=t token_provider=mock is_default=true
given offering PLAN_A catalog.offering.added name=A lifecycle_status=active is_sellable=true \
	allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]; catalog.offering.retired valid_to=2026-01-01
given offering PLAN_B catalog.offering.added name=B lifecycle_status=active \
	allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given offering PLAN_C catalog.offering.added name=C lifecycle_status=active is_sellable=true valid_from=2026-04-01 \
	allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given offering PLAN_D catalog.offering.added name=D lifecycle_status=active is_sellable=true
given price PRICE_A catalog.price.added offering_id=PLAN_A price_type=recurring amount="25.00 SGD"
given price PRICE_B catalog.price.added offering_id=PLAN_B price_type=recurring amount="25.00 SGD"
given price PRICE_C catalog.price.added offering_id=PLAN_C price_type=recurring amount="25.00 SGD"
given price PRICE_D catalog.price.added offering_id=PLAN_D price_type=recurring amount="25.00 SGD"
when order.create customer_id=CUST-1 offering_id=PLAN_A hold=true
then refused policy.offering.not_sellable_now
when order.create customer_id=CUST-1 offering_id=PLAN_B hold=true
then refused policy.offering.not_sellable_now
when order.create customer_id=CUST-1 offering_id=PLAN_C hold=true
then refused policy.offering.not_sellable_now
when order.create customer_id=CUST-1 offering_id=PLAN_D hold=true
then refused policy.offering.not_sellable_now
