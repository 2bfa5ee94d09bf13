// Runs the plans of one job in a Worker.
import { job_lines } from "./told.mjs";

const fail = (error) => setTimeout(() => { throw error; }); // out of the promise, so that the page is told
onmessage = ({ data: job }) => job_lines(job).then(postMessage, fail);
