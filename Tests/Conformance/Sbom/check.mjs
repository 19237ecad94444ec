// The licences and package URLs of a bill of materials, as the npm packages spdx-expression-parse and packageurl-js read them.
// Usage: node check.mjs FILE      Says what is wrong and ends with 1.
import { readFileSync } from 'node:fs';
import { PackageURL } from 'packageurl-js';
import parseLicense from 'spdx-expression-parse';

for (const part of JSON.parse(readFileSync(process.argv[2])).packages) {
  const read = (text, reader) => {
    try {
      return reader(text);
    } catch (error) {
      console.log(`${part.name}: "${text}": ${error.message}`);
      process.exitCode = 1;
    }
  };
  read(part.licenseDeclared, parseLicense);
  read(part.licenseConcluded, parseLicense);
  for (const reference of part.externalRefs) {
    read(reference.referenceLocator, PackageURL.fromString);
  }
}
