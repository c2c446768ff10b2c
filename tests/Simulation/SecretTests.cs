using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

public sealed class SecretTests
{
    private static readonly SecretName Password = SecretName.Parse("password");
    private static readonly TeamName Boutique = TeamName.Parse("boutique");
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(3);

    [Fact]
    public void A_service_that_names_a_secret_is_refused_until_its_team_may_have_it()
    {
        var world = new World(seed: 1, hosts: 2);

        var unknown = Refused(Apply(world));
        Set(world, TeamName.Parse("other"), "v1");
        var foreign = Refused(Apply(world));
        Delete(world);
        Set(world, team: null, "v1");
        var applied = Apply(world);

        Assert.Equal(("secret_unknown", "spec.template.secrets"), (unknown.Places[0].Code, unknown.Places[0].Path));
        Assert.Equal("orc secret set password --team boutique", unknown.Places[0].Hint["Set it first: ".Length..]);
        Assert.Equal("secret_of_other_team", foreign.Places[0].Code);
        Assert.IsType<CellAnswer.Applied>(applied);
    }

    [Fact]
    public void There_are_ten_thousand_at_most_and_those_can_be_changed()
    {
        var world = new World(seed: 1, hosts: 0);
        world.AskAll(
            Enumerable.Range(1, 10_000).Select(number => new CellInput.SetSecret("ana", Numbered(number), null, "x"))
        );

        var more = Refused(world.Ask(new CellInput.SetSecret("ana", Numbered(10_001), Team: null, "x")));
        var changed = world.Ask(new CellInput.SetSecret("ana", Numbered(10_000), Team: null, "y"));

        Assert.Equal("too_many_secrets", more.Code);
        Assert.Equal("The secret s10000 is set.", Assert.IsType<CellAnswer.Accepted>(changed).Message);
        Assert.Equal((10_000, 2L), (world.Cell.Secrets.Count, world.Cell.Secrets[Numbered(10_000)].Revision));
    }

    private static SecretName Numbered(int number) => SecretName.Parse($"s{number}");

    [Fact]
    public void Another_value_goes_to_the_hosts_that_need_it_and_restarts_nothing()
    {
        var world = new World(seed: 1, hosts: 3);
        Set(world, Boutique, "v1");
        Apply(world);
        world.RunUntil(each => each.Cell.Instances.Values.Count(one => one.IsReady) == 4, Soon);
        world.Run(TimeSpan.FromSeconds(20));
        var before = world.Cell;

        var answer = Set(world, Boutique, "v2");
        world.Run(TimeSpan.FromSeconds(5));

        var hosts = before.Instances.Values.Select(one => one.Host).ToHashSet();
        Assert.InRange(hosts.Count, 1, 3);
        Assert.All(
            before.Assignments.Values,
            level =>
                Assert.Equal(
                    level.Revision + (hosts.Contains(level.Host) ? 1 : 0),
                    world.Cell.Assignments[level.Host].Revision
                )
        );
        Assert.Equal(
            before.Instances.Values.Select(one => (one.Id, one.Generation)),
            world.Cell.Instances.Values.Select(one => (one.Id, one.Generation))
        );
        Assert.Equal(
            "The secret password is changed; what runs gets the new value when it starts anew.",
            answer.Message
        );
        Assert.Equal(("v2", 2L), (world.Cell.Secrets[Password].Sealed, world.Cell.Secrets[Password].Revision));
    }

    [Fact]
    public void A_secret_that_is_used_is_not_deleted_and_nobody_takes_over_anothers()
    {
        var world = new World(seed: 1, hosts: 2);
        Set(world, Boutique, "v1");
        Apply(world);

        var used = Refused(world.Ask(new CellInput.DeleteSecret("ana", Password)));
        var taken = Refused(world.Ask(new CellInput.SetSecret("eve", Password, Team: null, "v2")));
        var missing = Refused(world.Ask(new CellInput.DeleteSecret("ana", SecretName.Parse("nothing"))));

        Assert.Equal("secret_in_use", used.Code);
        Assert.Equal("secret_of_other_team", taken.Code);
        Assert.Equal("secret_unknown", missing.Code);
        Assert.Equal("v1", world.Cell.Secrets[Password].Sealed);
    }

    /// <summary>Of several hosts the first: it is the same however often one asks.</summary>
    [Fact]
    public void A_secret_that_only_what_runs_still_uses_is_not_deleted()
    {
        var world = new World(seed: 1, hosts: 3);
        Set(world, Boutique, "v1");
        Apply(world);
        world.RunUntil(each => each.Cell.Instances.Values.Count(one => one.IsReady) == 4, TimeSpan.FromMinutes(3));
        var service = world.Cell.Services[Checkout];
        var bare = service with { Template = service.Template with { Container = ContainerSettings.None } };
        world.Ask(new CellInput.Apply("root", new ManifestSet([], [bare], [], []), PlanId: null, IsDryRun: false));

        var used = Refused(world.Ask(new CellInput.DeleteSecret("ana", Password)));

        Assert.True(world.Cell.Instances.Values.Select(each => each.Host).Distinct().Count() > 1);
        Assert.StartsWith("An instance on h1 ", used.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_journal_says_who_set_what_and_not_even_how_it_is_encrypted()
    {
        var world = new World(seed: 1, hosts: 1);

        Set(world, Boutique, "ciphertext");
        Delete(world);

        var entries = world.Journal.Where(entry => entry.Subject == "password").ToList();
        Assert.Equal(["secret.set", "secret.deleted"], entries.Select(entry => entry.Action));
        Assert.Equal("revision 1, of team boutique", entries[0].Reason);
        Assert.DoesNotContain(
            world.Journal,
            entry => entry.ToString().Contains("ciphertext", StringComparison.Ordinal)
        );
    }

    private static CellAnswer.Accepted Set(World world, TeamName? team, string text) =>
        Assert.IsType<CellAnswer.Accepted>(world.Ask(new CellInput.SetSecret("ana", Password, team, text)));

    private static void Delete(World world) =>
        Assert.IsType<CellAnswer.Accepted>(world.Ask(new CellInput.DeleteSecret("ana", Password)));

    private static CellAnswer.Refused Refused(CellAnswer answer) => Assert.IsType<CellAnswer.Refused>(answer);

    private static CellAnswer Apply(World world)
    {
        var fleet = AFleet(approval: null, "1.0.0");
        var service = fleet.Services[0];
        var use = new SecretUse(Password, new SecretPlace.Variable("PASSWORD"));
        return world.Ask(
            new CellInput.Apply(
                "root",
                fleet with
                {
                    Services =
                    [
                        service with
                        {
                            Template = service.Template with
                            {
                                Container = ContainerSettings.None with { Secrets = [use] },
                            },
                        },
                    ],
                },
                PlanId: null,
                IsDryRun: false
            )
        );
    }
}
