using Xunit.Sdk;
using Xunit.v3;

// Each test runs a whole fleet; two at once would only wait for each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
