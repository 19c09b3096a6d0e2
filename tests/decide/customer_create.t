# Signing a customer up.

test the name is split, the address and the number become contact media, an interaction is left
given caller actor=alice channel=portal-csr
when customer.create name="Ada Lim" email=" Ada@Example.test " phone=91234567
then only customer.created given_name=Ada family_name=Lim name="Ada Lim" status=active contact_media=*
then interaction.logged channel=portal-csr direction=inbound summary="Customer created: Ada Lim"
then made CUST-*
