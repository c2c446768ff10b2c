using CsCheck;
using Orchestrator.Core.Placement;
using static Orchestrator.Core.Tests.Placement.Snapshots;

namespace Orchestrator.Core.Tests.Placement;

/// <summary>Against a preemption that tries every set of victims on every host.</summary>
public sealed class PreemptionTests
{
    private const int Cases = 3000;
    private const int Rounds = 4;
    private static readonly int[] Priorities = [0, 10, 50, 100];

    private static readonly Gen<(int Group, int Size, bool IsReady, bool IsLeaving, int Age)> AnyOccupant = Gen.Select(
        Gen.Int[0, 3],
        Gen.OneOf(250, 500, 1000, 1500),
        Gen.Frequency((3, true), (1, false)),
        Gen.Frequency((6, false), (1, true)),
        Gen.Int[0, 2]
    );

    private static readonly Gen<World> AnyWorld = Gen.Select(
        AnyOccupant.Array[0, 6].Array[1, 4],
        Gen.Int[0, 3].Array[4],
        Gen.OneOf(1000, 2000, 3000, 4000),
        Gen.OneOf(0, 50, 60, 500),
        Gen.Int[1, 2],
        (occupants, spare, demand, priority, mostPerHost) => new World(occupants, spare, demand, priority, mostPerHost)
    );

    [Fact]
    public void The_best_host_and_its_victims_are_those_of_the_naive_preemption_whatever_was_taken_before() =>
        AnyWorld.Sample(
            world =>
            {
                var search = world.Search();
                for (var round = 0; round < Rounds; round++)
                {
                    var (found, naive) = (search.Best(), world.NaiveBest());

                    Assert.Equal(naive?.Host, found?.Host);
                    Assert.Equal(naive?.Victims, found?.Victims.Select(victim => victim.Id));
                    if (found is null)
                    {
                        return;
                    }

                    world.Take(found);
                    search.Took(found);
                }
            },
            iter: Cases
        );

    [Fact]
    public void A_host_is_found_exactly_when_some_set_of_victims_makes_room_and_their_highest_priority_is_the_lowest() =>
        AnyWorld.Sample(
            world => Assert.Equal(world.LowestHighestPriority(), world.Search().Best()?.HighestPriority),
            iter: Cases
        );

    [Fact]
    public void No_group_ever_loses_more_ready_instances_than_it_can_spare_and_nobody_of_equal_priority_is_a_victim() =>
        AnyWorld.Sample(
            world =>
            {
                var search = world.Search();
                while (search.Best() is { } found)
                {
                    Assert.All(found.Victims, victim => Assert.True(victim.Priority < world.Priority));
                    world.Take(found);
                    search.Took(found);
                    Assert.All(world.Spare, spare => Assert.True(spare >= 0));
                }
            },
            iter: Cases
        );

    [Fact]
    public void Hosts_that_only_a_floor_protects_are_counted()
    {
        var world = new World(
            [
                [(0, 500, true, false, 0)],
                [(1, 1000, true, false, 0)],
            ],
            [0, 1, 0, 0],
            4000,
            500,
            1
        );

        Assert.Equal(1, Assert.Single(world.Search().BelowFloor()).Value);
    }

    [Fact]
    public void Of_equally_many_victims_those_with_the_lowest_sum_of_priorities_go()
    {
        // A lack of 2,250: of three, 250 + 1,000 + 1,000 come first in order, and 750 + 750 + 1,000 have the lower sum.
        var world = OneHost([(0, 250), (1, 750), (1, 750), (2, 1000), (2, 1000)], spare: 9, demand: 2500);

        Assert.Equal([10, 10, 50], world.Search().Best()!.Victims.Select(victim => victim.Priority));
    }

    [Fact]
    public void A_floor_that_spares_one_of_two_does_not_cost_anybody_of_higher_priority()
    {
        // The first in order of the service that may lose one is too small; the other makes room, with the lowest.
        var world = OneHost([(0, 500), (1, 1000), (1, 500), (2, 2000)], spare: 1, demand: 1500);

        Assert.Equal([500, 1000], world.Search().Best()!.Victims.Select(victim => victim.Holding.CpuMillicores));
    }

    [Fact]
    public void A_floor_that_spares_one_of_two_does_not_keep_the_other_from_making_room()
    {
        var world = OneHost([(1, 1000), (1, 500), (3, 2500)], spare: 1, demand: 1000, priority: 50);

        Assert.Equal([1000], world.Search().Best()!.Victims.Select(victim => victim.Holding.CpuMillicores));
    }

    private static World OneHost((int Group, int Size)[] occupants, int spare, int demand, int priority = 500) =>
        new(
            [
                [.. occupants.Select(each => (each.Group, each.Size, IsReady: true, IsLeaving: false, Age: 0))],
            ],
            [spare, spare, spare, spare],
            demand,
            priority,
            mostPerHost: 1
        );

    private sealed class World
    {
        private static readonly StageName Prod = StageName.Parse("prod");
        private readonly List<List<Occupant>> _hosts = [];
        private readonly int[] _claims;
        private readonly PlacementRequest _request;
        private readonly PlacementFleet _fleet = new();
        private readonly PlacementSpec _spec;

        public World(
            (int Group, int Size, bool IsReady, bool IsLeaving, int Age)[][] hosts,
            int[] spare,
            int demand,
            int priority,
            int mostPerHost
        )
        {
            (Spare, Priority, _claims) = ([.. spare], priority, new int[hosts.Length]);
            _request = ARequest() with
            {
                Demand = new Resources(demand, MemoryMebibytes: 64),
                Weights = new PlacementWeights(HeadroomWeight: 1, SpreadWeight: 0, BinPackWeight: 0),
                Rules = PlacementRules.None with { MostPerHost = mostPerHost },
            };
            _spec = new PlacementSpec(_request, GroupOf(9));
            var number = 0;
            foreach (var (index, occupants) in hosts.Index())
            {
                _fleet.Put(AHost(Name(index).Value).Host);
                _hosts.Add([
                    .. occupants.Select(each => new Occupant(
                        InstanceId.Of(GroupOf(each.Group).Service, Prod, ++number),
                        GroupOf(each.Group),
                        Priorities[each.Group],
                        new Resources(each.Size, MemoryMebibytes: 64),
                        Noon.AddMinutes(-each.Age),
                        each.IsReady && !each.IsLeaving,
                        each.IsLeaving
                    )),
                ]);
                _hosts[index].ForEach(each => _fleet.Take(Name(index), each.Holding));
            }
        }

        public int[] Spare { get; }

        public int Priority { get; }

        public PreemptionSearch Search() =>
            new(_fleet, _spec, Priority, host => _hosts[IndexOf(host)], group => Spare[NumberOf(group)]);

        public void Take(Preemption found)
        {
            var index = IndexOf(found.Host);
            foreach (var victim in found.Victims)
            {
                Spare[NumberOf(victim.Group)] -= victim.IsReady ? 1 : 0;
                _hosts[index][_hosts[index].IndexOf(victim)] = victim with { IsLeaving = true, IsReady = false };
            }

            _claims[index]++;
            _fleet.Take(found.Host, _request.Demand);
            _fleet.Count(found.Host, _spec.Group, more: 1);
        }

        public (HostId Host, IEnumerable<InstanceId> Victims)? NaiveBest()
        {
            var answers = _hosts
                .Select((_, index) => (Index: index, Victims: NaiveVictims(index)))
                .Where(each => each.Victims is not null)
                .OrderBy(each => each.Victims!.Select(victim => victim.Priority).DefaultIfEmpty(-1).Max())
                .ThenBy(each => each.Victims!.Count)
                .ThenBy(each => each.Victims!.Sum(victim => victim.Priority))
                .ThenByDescending(each => ScoreWithout(each.Index, each.Victims!))
                .ThenBy(each => each.Index)
                .ToList();
            return answers.Count == 0 ? null : (Name(answers[0].Index), answers[0].Victims!.Select(each => each.Id));
        }

        /// <summary>Over every set of victims of every host that keeps the floors; null when none makes room.</summary>
        public int? LowestHighestPriority() =>
            _hosts
                .SelectMany((_, index) => SetsOf(index))
                .Min(set => (int?)set.Select(victim => victim.Priority).DefaultIfEmpty(-1).Max());

        private IEnumerable<List<Occupant>> SetsOf(int index)
        {
            var candidates = Candidates(index);
            return Enumerable
                .Range(0, 1 << candidates.Count)
                .Select(bits => candidates.Where((_, at) => (bits & (1 << at)) != 0).ToList())
                .Where(set => KeepsFloors(set) && ScoreWithout(index, set) >= 0);
        }

        /// <summary>Of all sets; those that come first in order are those whose first different victim does.</summary>
        private List<Occupant>? NaiveVictims(int index)
        {
            var candidates = Candidates(index);
            return SetsOf(index)
                .OrderBy(set => set.Select(victim => victim.Priority).DefaultIfEmpty(-1).Max())
                .ThenBy(set => set.Count)
                .ThenBy(set => set.Sum(victim => victim.Priority))
                .ThenBy(set => string.Concat(set.Select(victim => candidates.IndexOf(victim))), StringComparer.Ordinal)
                .FirstOrDefault();
        }

        private List<Occupant> Candidates(int index) =>
            [
                .. _hosts[index]
                    .Where(each => !each.IsLeaving && each.Priority < Priority)
                    .OrderBy(each => each.Priority)
                    .ThenByDescending(each => each.PlacedAt)
                    .ThenByDescending(each => each.Id),
            ];

        private bool KeepsFloors(IEnumerable<Occupant> victims) =>
            victims
                .GroupBy(each => each.Group)
                .All(group => group.Count(each => each.IsReady) <= Math.Max(0, Spare[NumberOf(group.Key)]));

        /// <summary>-1 when it does not fit.</summary>
        private int ScoreWithout(int index, IReadOnlyCollection<Occupant> victims)
        {
            var staying = _hosts[index].Where(each => !each.IsLeaving && !victims.Contains(each)).ToList();
            var host = AHost(Name(index).Value) with
            {
                Used = new Resources(
                    staying.Sum(each => each.Holding.CpuMillicores) + (_claims[index] * _request.Demand.CpuMillicores),
                    staying.Sum(each => each.Holding.MemoryMebibytes) + (_claims[index] * 64)
                ),
                OfGroup = _claims[index],
            };
            return Placer.Place(_request, [host]) is PlacementDecision.Placed placed ? placed.Score : -1;
        }

        private static PlacementGroup GroupOf(int number) => new(ServiceName.Parse($"s{number}"), Prod);

        private static int NumberOf(PlacementGroup group) => group.Service.Value[1] - '0';

        private static HostId Name(int index) => HostId.Parse($"h{index}");

        private static int IndexOf(HostId host) => host.Value[1] - '0';
    }
}
