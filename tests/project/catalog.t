# What can be sold.

test a plan with its price and allowances
given clock 2026-02-15T09:00:00Z
given product_specification SPEC catalog.specification.added name="Mobile Prepaid Bundle" brand=BSS-CLI lifecycle_status=active
given service_specification CFS catalog.service_specification.added name=Broadband type=CFS
given offering PLAN_M catalog.offering.added name=Standard spec_id=SPEC is_bundle=true is_sellable=true lifecycle_status=active cfs_spec_id=CFS allowances=[{"allowance_type":"data","quantity":30720,"unit":"mb"},{"allowance_type":"voice","quantity":-1,"unit":"minutes"}]
given price PRICE_PLAN_M catalog.price.added offering_id=PLAN_M price_type=recurring period_length=1 period_type=month amount="25.00 SGD" lifecycle_status=active
then result catalog.offering PLAN_M id=PLAN_M isBundle=true isSellable=true lifecycleStatus=active validFor=null productSpecification.id=SPEC productSpecification.name="Mobile Prepaid Bundle" bundleAllowance.0.quantity=30720 bundleAllowance.1.quantity=-1 @type=ProductOffering
then result catalog.offering PLAN_M productOfferingPrice.0.id=PRICE_PLAN_M productOfferingPrice.0.price.taxIncludedAmount.value=25* productOfferingPrice.0.price.taxIncludedAmount.unit=SGD productOfferingPrice.0.recurringChargePeriodType=month
then tmf catalog.offering PLAN_M lastUpdate=2026-02-15T09:00:03.000Z lifecycleStatus=active productSpecification.id=SPEC productOfferingPrice.0.href=/tmf-api/productCatalogManagement/v4/productOfferingPrice/PRICE_PLAN_M
then tmf catalog.price PRICE_PLAN_M priceType=recurring price.unit=SGD lastUpdate=2026-02-15T09:00:04.000Z name=PRICE_PLAN_M
then tmf catalog.specification SPEC brand=BSS-CLI lifecycleStatus=active @type=ProductSpecification
when catalog.get_offering PLAN_M
then answer productOfferingPrice.length=1
when catalog.get_specification SPEC
then answer brand=BSS-CLI
when catalog.get_price PRICE_PLAN_M
then answer priceType=recurring
when catalog.get_offering PLAN_X
then missing catalog.offering.not_found

test the cheapest open price is the active one
given clock 2026-02-15T09:00:00Z
given offering PLAN_M catalog.offering.added name=Standard is_sellable=true lifecycle_status=active
given price P_LIST catalog.price.added offering_id=PLAN_M price_type=recurring amount="25.00 SGD"
given price P_PROMO catalog.price.added offering_id=PLAN_M price_type=recurring amount="20.00 SGD" valid_from=2026-03-01T00:00:00Z valid_to=2026-04-01T00:00:00Z
when catalog.get_active_price PLAN_M
then answer id=P_LIST
when catalog.get_active_price PLAN_M at=2026-03-15T00:00:00Z
then answer id=P_PROMO validFor.endDateTime=2026-04-01T00:00:00Z
when catalog.get_active_price PLAN_M at=2026-04-01T00:00:00Z
then answer id=P_LIST
given price P_LIST catalog.price.closed offering_id=PLAN_M valid_to=2026-05-01T00:00:00Z
when catalog.get_active_price PLAN_M at=2026-05-01T00:00:00Z
then missing catalog.price.no_active_row
then result catalog.offering PLAN_M productOfferingPrice.0.validFor.endDateTime=2026-05-01T00:00:00Z
given price P_PROMO catalog.price.updated name=Spring ; catalog.price.removed
then gone catalog.price P_PROMO
then result catalog.offering PLAN_M productOfferingPrice.length=1

test on sale means sellable, active and in its window, cheapest first
given clock 2026-02-15T09:00:00Z
given offering PLAN_L catalog.offering.added is_sellable=true lifecycle_status=active
given price P_L catalog.price.added offering_id=PLAN_L price_type=recurring amount="45.00 SGD"
given offering PLAN_S catalog.offering.added is_sellable=true lifecycle_status=active
given price P_S catalog.price.added offering_id=PLAN_S price_type=recurring amount="10.00 SGD"
given offering PLAN_W catalog.offering.added is_sellable=true lifecycle_status=active
given offering PLAN_OLD catalog.offering.added is_sellable=true lifecycle_status=active
given offering PLAN_OLD catalog.offering.retired valid_to=2026-02-15T09:00:00Z
given offering PLAN_W catalog.offering.windowed valid_from=2026-03-01T00:00:00Z
when catalog.list_active_offerings
then answer length=2 0.id=PLAN_S 1.id=PLAN_L
when catalog.list_active_offerings at=2026-03-02T00:00:00Z
then answer length=3 2.id=PLAN_W
when catalog.list_offerings
then answer length=4 0.id=PLAN_L 1.id=PLAN_OLD
when catalog.list_offerings lifecycle_status=retired
then answer length=1 0.id=PLAN_OLD
given offering PLAN_W catalog.offering.windowed valid_to=2026-02-01T00:00:00Z retired=true
then row catalog.offering PLAN_W lifecycle_status=retired is_sellable=false
given offering PLAN_W catalog.offering.removed
then gone catalog.offering PLAN_W

test what TMF620 registers is echoed
given offering POF-1 catalog.offering.added name=X lifecycle_status=active document={"productSpecification":{"id":"9881"},"version":"1.1","productOfferingPrice":[{"id":"7"}]}
then tmf catalog.offering POF-1 productSpecification.id=9881 version=1.1 productOfferingPrice.0.id=7 @type=ProductOffering
given offering POF-1 catalog.offering.updated name=Y lifecycle_status=launched is_sellable=false document={"version":"1.2"}
then tmf catalog.offering POF-1 name=Y lifecycleStatus=launched version=1.2
given product_specification SPEC-1 catalog.specification.added name=S lifecycle_status=active ; catalog.specification.updated name=T document={"productNumber":"7"}
then tmf catalog.specification SPEC-1 name=T productNumber=7
given product_specification SPEC-1 catalog.specification.removed
then gone catalog.specification SPEC-1
given category CAT-1 catalog.category.added kind=category name=Plans lifecycle_status=active
given category CAT-2 catalog.category.added kind=catalog name=All lifecycle_status=active
given category CAT-2 catalog.category.updated name=Everything
then tmf catalog.category CAT-1 name=Plans @type=Category
then tmf catalog.catalog CAT-2 name=Everything @type=Catalog
given category CAT-1 catalog.category.removed
then gone catalog.category CAT-1

test top-ups
given vas_offering VAS_1GB catalog.vas.added name="Data Top-Up 1GB" price="3.00 SGD" allowance_type=data allowance_quantity=1024 allowance_unit=mb
given vas_offering VAS_DAY catalog.vas.added name="Day Pass" price="5.00 SGD" allowance_type=data allowance_quantity=-1 allowance_unit=mb expiry_hours=24
when catalog.list_vas
then answer length=2 0.id=VAS_1GB 0.allowanceQuantity=1024 0.expiryHours=null 1.expiryHours=24 0.currency=SGD
given vas_offering VAS_DAY catalog.vas.retired
when catalog.list_vas
then answer length=1
when catalog.get_vas VAS_DAY
then answer name="Day Pass"
