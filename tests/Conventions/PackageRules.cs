namespace Orchestrator.Conventions;

/// <summary>Each large package has one home, so that it can be replaced, and its traps are met once.</summary>
public sealed class PackageRules
{
    [Theory]
    [InlineData("MassTransit", "Orchestrator.Messaging")]
    [InlineData("RabbitMQ.Client", "Orchestrator.Messaging")]
    [InlineData("Quartz", "Orchestrator.ControlPlane.Timetabling")]
    [InlineData("Dapper", "Orchestrator.Storage")]
    [InlineData("Npgsql", "Orchestrator.Storage", "Orchestrator.ControlPlane.Timetabling")] // for Quartz's own tables
    [InlineData("Microsoft.Data.Sqlite", "Orchestrator.Storage")]
    [InlineData("Yarp.ReverseProxy", "Orchestrator.Gateway")]
    [InlineData("Docker.DotNet", "Orchestrator.HostAgent.Runtimes.Docker")]
    public void A_package_is_known_only_at_home(string package, params string[] owners) =>
        Assert.Empty(Violations(package, owners));

    [Theory]
    [InlineData("MassTransit")]
    [InlineData("RabbitMQ.Client")]
    [InlineData("Dapper")]
    [InlineData("Quartz")]
    [InlineData("Yarp.ReverseProxy")]
    [InlineData("Docker.DotNet")]
    public void The_rule_about_packages_sees_a_use_that_exists(string package) =>
        Assert.NotEmpty(Violations(package, "Orchestrator.Nowhere"));

    private static IEnumerable<string> Violations(string package, params string[] owners) =>
        Product
            .KnownOnlyIn(package, owners)
            .Evaluate(Product.Architecture)
            .Where(result => !result.Passed)
            .Select(result => result.Description);
}
