// verify_webhook.mjs FILE: judges recorded webhooks with the Standard Webhooks library. FILE holds a JSON array of
// {secret, format, headers, body}; prints one line for each: "genuine" or why not.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

for (const { secret, format, headers, body } of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
    try {
        new Webhook(secret, format ? { format } : undefined).verify(body, headers);
        console.log("genuine");
    } catch (e) {
        console.log(e.message.replaceAll("\n", " "));
    }
}
