# Whose identity was checked, by whom, and that one document is one person.

test a ready-made check: number and hash follow from token and customer, the number is nowhere
given clock 2026-02-15T09:00:00Z
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked attestation_token=stub-signed-jwt-1
then only customer.kyc_attested CUST-1 provider=prebaked document_type=nric document_country=SGP kyc_status=verified \
	verified_at=2026-02-15T09:00:00Z document_hash=ab1ba546bab899a9eaead0f61573c4ab5b98d4419bd4c6eea764a6b39b925454 document_last4=9761
then interaction.logged summary="KYC attested via prebaked"

test a number: its hash is SHA-256 of number, country and provider; four characters are kept
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked document_number=" s1234567d " document_country=SGP \
	attestation_payload={"signature":"x"} date_of_birth=1990-01-01 nationality=SG verified_at=2026-01-01T00:00:00Z
then customer.kyc_attested document_last4=567D document_hash=15dcebe060542037de302a6f2339c6967c243c8301fdf6789cad8d9a0b32958b \
	date_of_birth=1990-01-01 nationality=SG verified_at=2026-01-01T00:00:00Z

test last four and hash instead of the number
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked document_number_last4=567D document_number_hash=abc \
	attestation_payload={"signature":"x"}
then customer.kyc_attested document_last4=567D document_hash=abc

test a document has to be named
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked attestation_payload={"signature":"x"}
then refused customer.attest_kyc.document_required provider=prebaked

test a hash without its last four is not enough
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked document_number_hash=abc
then refused customer.attest_kyc.document_required

test the document is asked for before the customer
when customer.attest_kyc CUST-9 provider=prebaked
then refused customer.attest_kyc.document_required

test nobody cannot be verified
when customer.attest_kyc CUST-9 provider=prebaked attestation_token=T1
then refused customer.attest_kyc.customer_exists customer_id=CUST-9

test once is enough
given customer CUST-1 customer.created name=Ada status=active; customer.kyc_attested provider=prebaked document_hash=x
when customer.attest_kyc CUST-1 provider=prebaked attestation_token=T1
then refused customer.attest_kyc.already_verified customer_id=CUST-1

test an unsigned ready-made check
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked document_number=S1234567D attestation_payload={"checked":true}
then refused kyc.attestation.uncorroborated provider=prebaked
when customer.attest_kyc CUST-1 provider=prebaked document_number=S1234567D
then refused kyc.attestation.uncorroborated

test production takes no ready-made checks
given config BSS_ENV=production
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked attestation_token=T1
then refused kyc.attestation.uncorroborated

test production takes them when it says so
given config BSS_ENV=production BSS_KYC_ALLOW_PREBAKED=yes
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked attestation_token=T1
then customer.kyc_attested

test switched off they are off everywhere
given config BSS_KYC_ALLOW_PREBAKED=false
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=prebaked attestation_token=T1
then refused kyc.attestation.uncorroborated

test a provider that calls back has to have called back
given customer CUST-1 customer.created name=Ada status=active
when customer.attest_kyc CUST-1 provider=didit document_number=S1234567D attestation_payload={"signature":"x"} \
	corroboration_id=11111111-2222-3333-4444-555555555555
then refused kyc.attestation.uncorroborated provider=didit corroboration_id=11111111-2222-3333-4444-555555555555

test one document is one person, whatever its case
given customer CUST-1 customer.created name=Ada status=active
given customer CUST-2 customer.created name=Bob status=active
when customer.attest_kyc CUST-1 provider=prebaked document_number=S1234567D attestation_payload={"signature":"x"}
then customer.kyc_attested
when customer.attest_kyc CUST-2 provider=prebaked document_number=s1234567d attestation_payload={"signature":"x"}
then refused customer.attest_kyc.document_hash_unique_per_tenant document_type=nric

test unless it may be used again
given config BSS_KYC_ALLOW_DOC_REUSE=true
given customer CUST-1 customer.created name=Ada status=active
given customer CUST-2 customer.created name=Bob status=active
when customer.attest_kyc CUST-1 provider=prebaked document_number=S1234567D attestation_payload={"signature":"x"}
then customer.kyc_attested
when customer.attest_kyc CUST-2 provider=prebaked document_number=S1234567D attestation_payload={"signature":"x"}
then customer.kyc_attested

test one ready-made token serves everybody: it names no document
given customer CUST-1 customer.created name=Ada status=active
given customer CUST-2 customer.created name=Bob status=active
when customer.attest_kyc CUST-1 provider=prebaked attestation_token=KYC-1
then customer.kyc_attested CUST-1
when customer.attest_kyc CUST-2 provider=prebaked attestation_token=KYC-1
then customer.kyc_attested CUST-2
