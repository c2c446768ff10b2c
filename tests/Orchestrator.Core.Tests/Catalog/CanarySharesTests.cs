using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Tests.Catalog;

public sealed class CanarySharesTests
{
    [Theory]
    [InlineData(1, 3, 1, "25")] // 1 of 4
    [InlineData(1, 3, 0, "33.3")] // 1 of 3: without surge an old one goes for it
    [InlineData(2, 3, 1, "50")] // 2 of 4
    [InlineData(3, 3, 1, "75")]
    [InlineData(1, 10_000, 1, "0.1")] // less than gateways can give
    public void The_weight_is_what_falls_on_the_instances_if_all_get_alike(
        int instances,
        int count,
        int maxSurge,
        string weight
    ) =>
        Assert.Equal(
            decimal.Parse(weight, CultureInfo.InvariantCulture),
            CanaryShares.WeightOf(instances, count, maxSurge)
        );

    [Fact]
    public void Without_an_old_instance_beside_them_no_weight_follows() =>
        Assert.Null(CanaryShares.WeightOf(instances: 3, count: 3, maxSurge: 0));

    [Theory]
    [InlineData("0.1", 3, 1)]
    [InlineData("25", 4, 1)]
    [InlineData("25.1", 4, 2)]
    [InlineData("0.5", 1_000, 5)]
    [InlineData("99.9", 10, 10)]
    public void There_are_enough_instances_for_a_weight_and_at_least_one(string weight, int count, int instances) =>
        Assert.Equal(instances, CanaryShares.InstancesFor(decimal.Parse(weight, CultureInfo.InvariantCulture), count));
}
