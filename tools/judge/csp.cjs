// Prints what csp_evaluator says of the policy given as the first argument, as JSON.
const { CspEvaluator } = require("csp_evaluator/dist/evaluator.js");
const { CspParser } = require("csp_evaluator/dist/parser.js");

const findings = new CspEvaluator(new CspParser(process.argv[2]).csp).evaluate();
console.log(JSON.stringify(findings));
