// kits.js -- TM Forum's own conformance kits against a running stack: node kits.js BASE_URL TOKEN [KIT...]
//
// The kits are used as published (ctk/*/SOURCE.txt); addresses, headers and the payloads of their config.json are set in
// memory.  Their launcher exits 0 whatever happens, so failures are counted here.
'use strict';
const fs = require('fs');
const path = require('path');
const newman = require('newman');

const [base, token, ...only] = process.argv.slice(2);
if (!base || !token) {
	console.error('usage: node kits.js BASE_URL TOKEN [KIT...]');
	process.exit(2);
}
const headers = { 'X-BSS-API-Token': token, 'X-BSS-Actor': 'ctk', 'Content-Type': 'application/json', Accept: 'application/json' };
const kits = {
	TMF620: { url: '/tmf-api/productCatalogManagement/v4/', collection: 'CTK-Product_Catalog-4.0.0.postman_collection.json' },
	TMF622: { url: '/tmf-api/productOrderingManagement/v4/', collection: 'TMF622-ProductOrdering-v4.0.0.testkit.json' },
	TMF629: { url: '/tmf-api/customerManagement/v4/', collection: 'CTK-Customer-4.0.0.postman_collection.json' },
	TMF635: { url: '/tmf-api/usageManagement/v4/', collection: 'CTK-Usage-4.0.0.postman_collection.json' },
	'TMF638-R18': { url: '/tmf-api/serviceInventory/v4', collection: 'CTK-TMF638-ServiceInventory-R18-5.postman_collection.json',
		seed: seedServices },
};

function read(file) {
	return JSON.parse(fs.readFileSync(path.join(__dirname, 'ctk', file), 'utf8').replace(/^\uFEFF/, ''));
}

async function post(url, body) {
	const answer = await fetch(base + url, { method: 'POST', headers, body: JSON.stringify(body) });
	if (answer.status !== 201)
		throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
	return answer.json();
}

// the kit for TMF638 creates nothing: it wants two services of one category in different states
async function seedServices() {
	for (const state of ['active', 'reserved'])
		await post('/tmf-api/serviceInventory/v4/service', {
			name: `kit-service-${state}-${Date.now()}`, description: 'seed of the kit', state, category: 'CFS',
			startDate: new Date().toISOString(), serviceSpecification: { id: '1', href: '/s/1', name: 'seed', version: '1' },
			serviceCharacteristic: [{ name: 'speed', valueType: 'string', value: '10' }],
			serviceRelationship: [{ relationshipType: 'reliesOn', service: { id: '9', href: '/service/9' } }],
			supportingService: [{ id: '9', href: '/service/9' }], supportingResource: [{ id: '8', href: '/resource/8' }],
			relatedParty: [{ id: '7', href: '/party/7', role: 'user' }], place: [{ id: '6', href: '/place/6' }],
		});
}

// every request: the kit's leading {{Variable}} is our address; GETs keep the bodies that some kits send
function walk(items, payloads, url) {
	for (const item of items) {
		if (item.item) {
			walk(item.item, payloads, url);
			continue;
		}
		const raw = typeof item.request.url === 'string' ? item.request.url : item.request.url.raw;
		item.request.url = raw.replace(/^\{\{[^}]+\}\}/, url);
		const resource = item.request.url.slice(url.length).replace(/^\//, '').split(/[/?]/)[0].toLowerCase();
		if (item.request.method === 'POST' && payloads[resource]) {
			item.request.body = { mode: 'raw', raw: JSON.stringify(payloads[resource]) };
			delete payloads[resource];
		}
		item.request.header = (item.request.header || []).filter(h => !(h.key in headers))
			.concat(Object.entries(headers).map(([key, value]) => ({ key, value })));
	}
}

function payloadsOf(name) {
	const file = `${name}/config.json`, out = {};
	if (fs.existsSync(path.join(__dirname, 'ctk', file)))
		for (const [resource, of] of Object.entries(read(file).payloads || {}))
			out[resource.toLowerCase()] = of.POST.payload;
	return out;
}

function environmentOf(name) {
	const file = fs.readdirSync(path.join(__dirname, 'ctk', name, 'ctk')).find(f => f.endsWith('environment.json'));
	return read(`${name}/ctk/${file}`);
}

function run(name) {
	const kit = kits[name], collection = read(`${name}/ctk/${kit.collection}`);
	walk(collection.item, payloadsOf(name), base + kit.url);
	return new Promise((done, failed) => newman.run({ collection, environment: environmentOf(name), timeoutRequest: 10000 },
		(err, summary) => err ? failed(err) : done(summary)));
}

(async () => {
	let bad = 0;
	for (const name of Object.keys(kits).filter(k => !only.length || only.includes(k))) {
		if (kits[name].seed)
			await kits[name].seed();
		const { run: r } = await run(name);
		bad += r.failures.length;
		console.log(`${name}: ${r.stats.assertions.total - r.stats.assertions.failed}/${r.stats.assertions.total} assertions, ` +
			`${r.stats.requests.total} requests, ${r.failures.length} failures`);
		for (const f of r.failures.slice(0, 20))
			console.log(`  ${f.source && f.source.name}: ${f.error.test || ""} ${f.error.message}`);
		if (r.stats.assertions.total === 0)
			bad++;
	}
	process.exit(bad ? 1 : 0);
})().catch(e => { console.error(e); process.exit(1); });
