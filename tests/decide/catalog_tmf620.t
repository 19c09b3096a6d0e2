# What TMF620 registers is kept as it came, sells nothing, and goes only while nothing refers to it.

test a specification
when catalog.register_specification name=Phone description="A phone" brand=Acme document={"a":1,"b":2}
then only catalog.specification.added SPEC-* name=Phone description="A phone" brand=Acme lifecycle_status=active document={"a":1,"b":2}
then made SPEC-*
when catalog.update_specification $id name=Telephone document={"b":null}
then only catalog.specification.updated name=Telephone document={"a":1}

test an attribute of a specification is removed
given product_specification SPEC_A catalog.specification.added name=Phone description="A phone" brand=Acme
when catalog.update_specification SPEC_A cleared=description,brand
then only catalog.specification.updated SPEC_A cleared=description,brand

test a specification by name, and twice
when catalog.register_specification SPEC_A name=Phone
then catalog.specification.added SPEC_A
when catalog.register_specification SPEC_A name=Phone
then refused catalog.specification.already_exists specification_id=SPEC_A
when catalog.update_specification SPEC_A
then nothing
when catalog.update_specification SPEC_9 name=x
then refused catalog.specification.not_found
when catalog.remove_specification SPEC_9
then refused catalog.specification.not_found
when catalog.remove_specification SPEC_A
then only catalog.specification.removed SPEC_A

test a specification that plans are made from
given product_specification SPEC_A catalog.specification.added name=Mobile
given offering PLAN_M catalog.offering.added name=Standard spec_id=SPEC_A
when catalog.remove_specification SPEC_A
then refused catalog.specification.in_use specification_id=SPEC_A
given caller actor=anonymous
when catalog.update_specification SPEC_A name=x
then refused catalog.admin_only
given caller actor=alice
when catalog.update_specification SPEC_A name=x
then catalog.specification.updated

test an offering
given caller
given product_specification SPEC_A catalog.specification.added name=Mobile
when catalog.register_offering name=Fibre is_sellable=true spec_id=SPEC_A lifecycle_status="In study" document={"version":"1"} \
	valid_from=2026-01-01 valid_to=2027-01-01
then only catalog.offering.added POF-* name=Fibre is_sellable=true spec_id=SPEC_A lifecycle_status="In study" document={"version":"1"}
when catalog.update_offering $id name=Glass lifecycle_status=Active is_sellable=false document={"version":"2"}
then only catalog.offering.updated name=Glass lifecycle_status=Active is_sellable=false document={"version":"2"}
when catalog.update_offering $id
then nothing
when catalog.remove_offering $id
then only catalog.offering.removed
when catalog.update_offering $id name=x
then refused catalog.offering.not_found

test a removed offering uses its specification no more
given product_specification SPEC_A catalog.specification.added name=Mobile
given offering PLAN_M catalog.offering.added name=Standard spec_id=SPEC_A; catalog.offering.removed
when catalog.remove_specification SPEC_A
then catalog.specification.removed

test offerings that cannot be registered
given offering PLAN_M catalog.offering.added name=Standard
when catalog.register_offering PLAN_M name=x
then refused catalog.offering.already_exists
when catalog.register_offering name=x spec_id=SPEC_9
then refused catalog.specification.not_found
when catalog.register_offering name=x valid_from=2026-02-01 valid_to=2026-01-01
then refused catalog.window.valid

test a plan that is sold is changed by someone in particular, and never removed
given offering PLAN_M catalog.offering.added name=Standard allowances=[{"allowance_type":"data","quantity":100,"unit":"mb"}]
given price PRICE_M catalog.price.added offering_id=PLAN_M price_type=recurring amount="25.00 SGD"
when catalog.remove_offering PLAN_M
then refused catalog.offering.in_use offering_id=PLAN_M
when catalog.remove_price PRICE_M
then refused catalog.price.in_use offering_id=PLAN_M
given caller actor=anonymous
when catalog.update_offering PLAN_M is_sellable=true
then refused catalog.admin_only
when catalog.update_price PRICE_M name=x
then refused catalog.admin_only

test a plan with a line on it is not removed either
given offering PLAN_M catalog.offering.added name=Standard
given customer CUST-1 customer.created name=Ada status=active
given subscription SUB-0001 subscription.activated customer_id=CUST-1 offering_id=PLAN_M msisdn=90000001
when catalog.remove_offering PLAN_M
then refused catalog.offering.in_use
when catalog.remove_offering PLAN_9
then refused catalog.offering.not_found

test a price on its own
given caller
when catalog.register_price name="Monthly fee" price_type=recurring amount=9.90 currency=EUR document={"x":1}
then only catalog.price.added POP-* name="Monthly fee" offering_id= amount="9.90 EUR" document={"x":1}
when catalog.update_price $id name=Fee lifecycle_status=Active document={"x":null,"y":2}
then only catalog.price.updated name=Fee lifecycle_status=Active document={"y":2}
when catalog.update_price $id
then nothing
when catalog.remove_price $id
then only catalog.price.removed
when catalog.remove_price $id
then refused catalog.price.not_found
when catalog.update_price $id name=x
then refused catalog.price.not_found

test a price without an amount, and prices that cannot be registered
when catalog.register_price POP-1 name="On request"
then catalog.price.added POP-1 amount=
when catalog.register_price POP-1 name="On request"
then refused catalog.price.already_exists
when catalog.register_price name=x amount=9.90
then refused catalog.price.valid_amount
when catalog.register_price name=x valid_from=2026-02-01 valid_to=2026-01-01
then refused catalog.window.valid

test categories
when catalog.register_category name=Mobile document={"isRoot":true}
then only catalog.category.added CAT-* kind=category name=Mobile document={"isRoot":true}
when catalog.update_category $id name=Phones document={"isRoot":null}
then only catalog.category.updated name=Phones document={}
when catalog.update_category $id
then nothing
when catalog.register_category CAT-1 kind=catalog name=All
then catalog.category.added CAT-1 kind=catalog
when catalog.register_category CAT-1 name=All
then refused catalog.category.already_exists
when catalog.remove_category CAT-1
then only catalog.category.removed CAT-1
when catalog.remove_category CAT-1
then refused catalog.category.not_found
