// One proof of Semaphore v4 at depth 20 for each line of standard input: prints its milliseconds.
// The artifacts come from the package @zk-kit/semaphore-artifacts; nothing is fetched.
import { Group, Identity, generateProof, verifyProof } from "@semaphore-protocol/core"
import { fileURLToPath } from "node:url"
import { createInterface } from "node:readline"

const DEPTH = 20
const artifact = (end) =>
    fileURLToPath(new URL(`node_modules/@zk-kit/semaphore-artifacts/semaphore-${DEPTH}.${end}`, import.meta.url))
const artifacts = { wasm: artifact("wasm"), zkey: artifact("zkey") }
const identity = new Identity("tabella")
const others = Array.from({ length: 99 }, (_, i) => BigInt(i + 2))
const path = new Group([identity.commitment, ...others]).generateMerkleProof(0)
const prove = () => generateProof(identity, structuredClone(path), "message", "scope", DEPTH, artifacts)

if (!(await verifyProof(await prove()))) throw new Error("Semaphore's own proof is wrong")
for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now()
    await prove()
    console.log(performance.now() - start)
}
process.exit(0)
