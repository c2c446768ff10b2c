using System.Collections.Immutable;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Core.Tests.Reconciliation;

/// <summary>The table against a sorted dictionary, which is obviously right.</summary>
public sealed class InstanceTableTests
{
    private const int Steps = 4_000;

    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 3, 700)]
    [InlineData(2, 1, 2_000)]
    [InlineData(3, 40, 20)]
    public void It_holds_what_was_put_and_not_removed_whatever_the_order(int seed, int deployments, int numbers)
    {
        var random = new Random(seed);
        var draft = new InstanceDraft(InstanceTable.Empty);
        var expected = ImmutableSortedDictionary<InstanceId, Instance>.Empty;
        var seen = new List<(InstanceTable Table, ImmutableSortedDictionary<InstanceId, Instance> Expected)>();

        for (var step = 0; step < Steps; step++)
        {
            var instance = AnInstance(random, deployments, numbers);
            if (random.Next(3) == 0)
            {
                draft.Remove(instance.Id);
                expected = expected.Remove(instance.Id);
            }
            else
            {
                // An instance never changes its host.
                instance = instance with
                {
                    Host = expected.GetValueOrDefault(instance.Id)?.Host ?? instance.Host,
                };
                draft.Put(instance);
                expected = expected.SetItem(instance.Id, instance);
            }

            if (random.Next(200) == 0)
            {
                seen.Add((draft.ToTable(), expected));
            }
        }

        seen.Add((draft.ToTable(), expected));
        foreach (var (table, then) in seen)
        {
            Assert.Equal(then.Values, table.Values);
            Assert.Equal(then.Count, table.Count);
        }

        AssertIndexed(draft, expected);
        AssertIndexed(new InstanceDraft(draft.ToTable()), expected);
    }

    [Fact]
    public void The_store_learns_what_changed_and_what_went_once()
    {
        var random = new Random(7);
        var draft = new InstanceDraft(InstanceTable.Empty);
        var stored = new Dictionary<InstanceId, Instance>();

        for (var step = 0; step < Steps; step++)
        {
            var instance = AnInstance(random, deployments: 3, numbers: 50);
            if (random.Next(2) == 0)
            {
                draft.Remove(instance.Id);
            }
            else
            {
                draft.Put(instance with { Host = draft.Find(instance.Id)?.Host ?? instance.Host });
            }

            if (random.Next(10) == 0)
            {
                foreach (var changed in draft.TakeChanged())
                {
                    stored[changed.Id] = changed;
                }

                foreach (var removed in draft.TakeRemoved())
                {
                    stored.Remove(removed);
                }

                Assert.Equal(draft.ToTable().Values, stored.Values.OrderBy(each => each.Id));
                Assert.Empty(draft.TakeChanged());
                Assert.Empty(draft.TakeRemoved());
            }
        }
    }

    private static void AssertIndexed(InstanceDraft draft, ImmutableSortedDictionary<InstanceId, Instance> expected)
    {
        var table = draft.ToTable();
        foreach (var host in expected.Values.Select(instance => instance.Host).Distinct())
        {
            var there = expected.Values.Where(instance => instance.Host == host).ToList();
            Assert.Equal(there, draft.On(host));
            Assert.Equal(there, table.On(host));
        }

        foreach (var key in expected.Values.Select(each => new DeploymentKey(each.Service, each.Stage)).Distinct())
        {
            var there = expected.Values.Where(each => each.Service == key.Service && each.Stage == key.Stage).ToList();
            Assert.Equal(there, draft.Of(key));
            Assert.Equal(there, table.Of(key));
        }

        Assert.All(expected.Values, instance => Assert.Equal(instance, table.Find(instance.Id)));
        Assert.Null(table.Find(InstanceId.Parse("nobody.prod.1")));
    }

    private static Instance AnInstance(Random random, int deployments, int numbers)
    {
        var service = ServiceName.Parse($"s{random.Next(deployments)}");
        var stage = StageName.Parse("prod");
        return new Instance
        {
            Id = InstanceId.Of(service, stage, random.Next(1, numbers)),
            Service = service,
            Stage = stage,
            Version = SemanticVersion.Parse($"1.{random.Next(2)}.0"),
            Host = HostId.Parse($"h{random.Next(5)}"),
            Generation = random.Next(1, 3),
            Demand = new Resources(CpuMillicores: 100 * random.Next(1, 3), MemoryMebibytes: 64),
            Phase = random.Next(2) == 0 ? new InstancePhase.Active() : new InstancePhase.Lost(Noon),
            Observed = Observation.None,
            PlacedAt = Noon.AddSeconds(random.Next(10)),
        };
    }
}
