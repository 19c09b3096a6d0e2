# Top-ups, and the services that plans decompose to.

test a top-up and a pass
when catalog.add_vas VAS_DATA_1GB name="Data Top-Up 1GB" amount=3.00 allowance_type=data allowance_quantity=1024
then only catalog.vas.added VAS_DATA_1GB price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb expiry_hours=0
when catalog.add_vas VAS_DAY name="Day Pass" amount=5.00 allowance_type=data allowance_quantity=-1 expiry_hours=24
then catalog.vas.added allowance_quantity=-1 expiry_hours=24
when catalog.add_vas VAS_TALK name=Talk amount=5.00 allowance_type=voice allowance_quantity=10
then catalog.vas.added allowance_unit=minutes
when catalog.add_vas VAS_SMS name=Text amount=5.00 allowance_type=sms allowance_quantity=10
then catalog.vas.added allowance_unit=count

test what is no top-up
given vas_offering VAS_A catalog.vas.added name=A
when catalog.add_vas VAS_A name=A amount=1.00 allowance_type=data allowance_quantity=1
then refused catalog.vas.already_exists vas_offering_id=VAS_A
when catalog.add_vas VAS_B name=B amount=1.00 currency=XQX allowance_type=data allowance_quantity=1
then refused catalog.price.valid_amount
when catalog.add_vas VAS_B name=B amount=0 allowance_type=data allowance_quantity=1
then refused catalog.price.positive_amount
when catalog.add_vas VAS_B name=B amount=1.00 allowance_type=data allowance_quantity=0
then refused catalog.vas.valid_quantity allowance_quantity=0
when catalog.add_vas VAS_B name=B amount=1.00 allowance_type=data allowance_quantity=1 expiry_hours=-1
then refused catalog.vas.valid_expiry expiry_hours=-1
given caller
when catalog.add_vas VAS_B name=B amount=1.00 allowance_type=data allowance_quantity=1
then refused catalog.admin_only

test off sale
given vas_offering VAS_A catalog.vas.added name=A
when catalog.retire_vas VAS_9
then refused catalog.vas.not_found vas_offering_id=VAS_9
when catalog.retire_vas VAS_A
then only catalog.vas.retired VAS_A
when catalog.retire_vas VAS_A
then refused catalog.vas.already_retired

test a service
when catalog.add_service_specification SSPEC_A name=A type=CFS parameters={"apn":"internet"}
then only catalog.service_specification.added SSPEC_A name=A type=CFS parameters={"apn":"internet"}
when catalog.add_service_specification SSPEC_A name=A type=RFS
then refused catalog.service_specification.already_exists service_specification_id=SSPEC_A
given caller
when catalog.add_service_specification SSPEC_B name=B type=RFS
then refused catalog.admin_only
