# Plans: on sale, in a window, off sale.

test a plan with its price, its allowances and the services it decomposes to
given product_specification SPEC_MOBILE_PREPAID catalog.specification.added name="Mobile Prepaid Bundle"
given service_specification SSPEC_CFS_MOBILE_BROADBAND catalog.service_specification.added type=CFS
given service_specification SSPEC_RFS_DATA_BEARER catalog.service_specification.added type=RFS
given service_specification SSPEC_RFS_VOICE_BEARER catalog.service_specification.added type=RFS
when catalog.add_offering PLAN_XL name=Extra amount=60.00 data_mb=-1 voice_minutes=100 sms_count=0 data_roaming_mb=500
then only catalog.offering.added PLAN_XL name=Extra spec_id=SPEC_MOBILE_PREPAID is_bundle=true is_sellable=true \
	lifecycle_status=active cfs_spec_id=SSPEC_CFS_MOBILE_BROADBAND \
	rfs_spec_ids=SSPEC_RFS_DATA_BEARER,SSPEC_RFS_VOICE_BEARER \
	allowances=[{"allowance_type":"data","quantity":-1,"unit":"mb"},{"allowance_type":"voice","quantity":100,"unit":"minutes"},\
{"allowance_type":"sms","quantity":0,"unit":"count"},{"allowance_type":"data_roaming","quantity":500,"unit":"mb"}]
then catalog.price.added PRICE_PLAN_XL offering_id=PLAN_XL price_type=recurring period_length=1 period_type=month \
	amount="60.00 SGD"
then made PLAN_XL

test services that do not exist are not named
given product_specification SPEC_MOBILE_PREPAID catalog.specification.added name=Mobile
when catalog.add_offering PLAN_XL name=Extra amount=60.00 data_mb=1 price_id=PRICE_XL currency=USD \
	valid_from=2026-03-01 valid_to=2026-04-01
then catalog.offering.added cfs_spec_id= rfs_spec_ids= valid_from=2026-03-01T00:00:00Z valid_to=2026-04-01T00:00:00Z
then catalog.price.added PRICE_XL amount="60.00 USD" valid_from=2026-03-01 valid_to=2026-04-01

test without data a line could do nothing: such a plan is kept, not sold
given product_specification SPEC_MOBILE_PREPAID catalog.specification.added name=Mobile
when catalog.add_offering PLAN_TALK name=Talk amount=5.00 voice_minutes=100
then catalog.offering.added is_sellable=false

test nobody in particular changes the catalog
given caller actor=anonymous
when catalog.add_offering PLAN_XL name=Extra amount=60.00 data_mb=1
then refused catalog.admin_only actor=anonymous
given caller
when catalog.retire_offering PLAN_XL
then refused catalog.admin_only

test an id is used once
given offering PLAN_M catalog.offering.added name=Standard
when catalog.add_offering PLAN_M name=Extra amount=60.00 data_mb=1
then refused catalog.offering.already_exists offering_id=PLAN_M

test the id of its price has to be an id
when catalog.add_offering PLAN_345678901234567890123456789012345678901234567890123456 name=Extra amount=1.00 data_mb=1
then refused catalog.price.valid_id

test the price's id may be taken
given price PRICE_PLAN_XL catalog.price.added name=x
when catalog.add_offering PLAN_XL name=Extra amount=60.00 data_mb=1
then refused catalog.price.already_exists price_id=PRICE_PLAN_XL

test a plan is made from a specification
when catalog.add_offering PLAN_XL name=Extra amount=60.00 data_mb=1 spec_id=SPEC_9
then refused catalog.specification.not_found specification_id=SPEC_9

test amounts
given product_specification SPEC_MOBILE_PREPAID catalog.specification.added name=Mobile
when catalog.add_offering PLAN_XL name=Extra amount=60.00 currency=XQX data_mb=1
then refused catalog.price.valid_amount currency=XQX
when catalog.add_offering PLAN_XL name=Extra amount=60.001 data_mb=1
then refused catalog.price.valid_amount amount=60.001
when catalog.add_offering PLAN_XL name=Extra amount=0.00 data_mb=1
then refused catalog.price.positive_amount amount=0.00
when catalog.add_offering PLAN_XL name=Extra amount=-1.00 data_mb=1
then refused catalog.price.positive_amount

test a window begins before it ends
given product_specification SPEC_MOBILE_PREPAID catalog.specification.added name=Mobile
when catalog.add_offering PLAN_XL name=Extra amount=1.00 data_mb=1 valid_from=2026-03-01 valid_to=2026-03-01
then refused catalog.window.valid valid_to=2026-03-01T00:00:00Z

test allowances
given product_specification SPEC_MOBILE_PREPAID catalog.specification.added name=Mobile
when catalog.add_offering PLAN_XL name=Extra amount=1.00
then refused catalog.offering.requires_allowance
when catalog.add_offering PLAN_XL name=Extra amount=1.00 data_mb=-2
then refused catalog.offering.valid_allowance allowance_type=data

test an absent bound stays, null takes it away
given clock 2026-02-15T09:00:00Z
given offering PLAN_M catalog.offering.added name=Standard lifecycle_status=active is_sellable=true \
	valid_from=2026-01-01 valid_to=2026-06-01
when catalog.window_offering PLAN_M valid_to=2026-07-01
then only catalog.offering.windowed PLAN_M valid_from=2026-01-01 valid_to=2026-07-01 retired=false
when catalog.window_offering PLAN_M valid_to=null
then catalog.offering.windowed valid_from=2026-01-01 valid_to=
when catalog.window_offering PLAN_M valid_from=null
then catalog.offering.windowed valid_from= valid_to=

test a window that is over retires, and none brings back
given clock 2026-02-15T09:00:00Z
given offering PLAN_M catalog.offering.added name=Standard lifecycle_status=active is_sellable=true
when catalog.window_offering PLAN_M valid_to=2026-02-15T09:00:00Z
then catalog.offering.windowed retired=true
when catalog.window_offering PLAN_M valid_to=2027-01-01
then catalog.offering.windowed retired=false
when catalog.retire_offering PLAN_M
then refused catalog.offering.already_retired offering_id=PLAN_M

test windows that cannot be
given offering PLAN_M catalog.offering.added name=Standard valid_from=2026-03-01
when catalog.window_offering PLAN_9 valid_to=2026-07-01
then refused catalog.offering.not_found offering_id=PLAN_9
when catalog.window_offering PLAN_M
then refused catalog.window.requires_bound
when catalog.window_offering PLAN_M valid_to=2026-02-01
then refused catalog.window.valid

test retiring ends the sale now
given clock 2026-02-15T09:00:00Z
given offering PLAN_M catalog.offering.added name=Standard lifecycle_status=active valid_to=2026-06-01
when catalog.retire_offering PLAN_M
then only catalog.offering.retired PLAN_M valid_to=2026-02-15T09:00:00Z
when catalog.retire_offering PLAN_9
then refused catalog.offering.not_found

test an end that lies behind stays
given clock 2026-02-15T09:00:00Z
given offering PLAN_M catalog.offering.added name=Standard lifecycle_status=active valid_to=2026-01-01
when catalog.retire_offering PLAN_M
then catalog.offering.retired valid_to=2026-01-01
