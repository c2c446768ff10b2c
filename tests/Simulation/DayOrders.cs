using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Placement;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>What comes to the minds of a fleet's people, good or bad, and what happens to its machines.</summary>
internal sealed class DayOrders(World world, Random random)
{
    private static readonly string[] People = ["ana", "bo", "cy", "ola"];

    /// <summary>What was ordered, and what was answered; an answer of null is something that just happens.</summary>
    public (string Said, CellAnswer? Answer) Next()
    {
        var (said, input) = random.Next(100) switch
        {
            < 22 => Publish(),
            < 28 => Train(),
            < 46 => Rollout(),
            < 51 => Express(),
            < 55 => Rollback(),
            < 57 => Yank(),
            < 62 => Closing(),
            < 71 => Manifests(),
            < 77 => Hosts(),
            < 79 => Rebalance(),
            < 83 => Delegation(),
            < 89 => News(),
            < 91 => Notes(),
            _ => (Happening(), null),
        };
        return (said, input is null ? null : world.Ask(input));
    }

    private string Person => Any(People);

    private T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    private SemanticVersion Version => SemanticVersion.Parse($"1.{random.Next(7)}.{random.Next(2)}");

    /// <summary>Mostly one that is published.</summary>
    private SemanticVersion Known(ServiceName service)
    {
        var known = world.Cell.Versions.Keys.Where(each => each.Service == service).ToList();
        return known.Count == 0 || random.Next(8) == 0 ? Version : Any(known).Number;
    }

    private ServiceName Service =>
        Any([Checkout, Checkout, Checkout, DayFleet.Front, DayFleet.Mail, ServiceName.Parse("cart")]);

    private HostId Host => random.Next(12) == 0 ? HostId.Parse("h99") : Any([.. world.Hosts.Keys]);

    private (string, CellInput) Publish()
    {
        var service = Any([
            Checkout,
            Checkout,
            Checkout,
            DayFleet.Front,
            DayFleet.Mail,
            DayFleet.Logger,
            DayFleet.Report,
            Service,
        ]);
        var order = AnOrder(Version.ToString()) with
        {
            Service = service,
            Channel = random.Next(8) == 0 ? "beta" : "stable",
            Environment = random.Next(12) == 0 ? Never : ImmutableSortedDictionary<string, string>.Empty,
            Provenance = random.Next(2) == 0 ? new Provenance("https://git.example/shop", $"c{random.Next(9)}") : null,
        };
        return (
            $"publishes {service} {order.Number} to {order.Channel}{(order.Environment.IsEmpty ? "" : ", which never gets ready")}",
            new CellInput.Publish(Person, order)
        );
    }

    private static ImmutableSortedDictionary<string, string> Never { get; } =
        ImmutableSortedDictionary<string, string>.Empty.Add("NEVER_READY", "1");

    private TrainId ATrain =>
        random.Next(15) == 0 || world.Cell.Trains.IsEmpty
            ? TrainId.Parse("checkout/999")
            : Any([.. world.Cell.Trains.Values.TakeLast(12)]).Id;

    private (string, CellInput) Train()
    {
        var train = ATrain;
        return random.Next(4) switch
        {
            0 => ($"retries {train}", new CellInput.RetryTrain(Person, train, "try again")),
            1 => ($"recalls {train}", new CellInput.RecallTrain(Person, train, "wrong prices")),
            2 => ($"cancels {train}", new CellInput.CancelTrain(Person, train, "not today")),
            _ => ($"reviews {train}", new CellInput.ReviewTrain(Person, train, "it was right")),
        };
    }

    private (string, CellInput) Rollout()
    {
        var open = world.Cell.Rollouts.Values.Where(each => !RolloutMachine.IsFinished(each)).ToList();
        var from = open.Count > 0 && random.Next(10) > 0 ? open : [.. world.Cell.Rollouts.Values];
        var rollout = from.Count == 0 ? null : Any(from);
        var id = rollout?.Id ?? RolloutId.Parse("checkout/999/prod");
        // Most of all what lets it go on.
        var ask = random.Next(3) == 0 ? RolloutAsk.Approve : (RolloutAsk)random.Next(10);
        var hash = random.Next(5) switch
        {
            0 => "sha256:" + new string('0', 64),
            1 => rollout?.ConsistHash,
            _ => null,
        };
        var asked = new CellInput.AskRollout(Person, id, ask, random.Next(10) == 0 ? "" : "because", hash)
        {
            IsApprover = random.Next(5) > 0,
            Groups = random.Next(2) == 0 ? ["keepers"] : [],
            Webhook = ask is RolloutAsk.SkipWebhook ? Any(["load-test", "tickets"]) : "",
        };
        var stale = hash is not null && hash != rollout?.ConsistHash ? " for another consist" : "";
        return ($"asks {id}: {ask}{(asked.Webhook.Length > 0 ? $" {asked.Webhook}" : "")}{stale}", asked);
    }

    private (string, CellInput) Express()
    {
        var service = Service;
        var version = Known(service);
        TimeSpan? glass = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(5, 60)) : null;
        return (
            $"orders express {service} {version}{(glass is { } time ? $", breaking the glass for {time.TotalSeconds} s" : "")}",
            new CellInput.OrderExpress(Person, service, version, "orders are lost") { BreakGlassFor = glass }
        );
    }

    private (string, CellInput) Rollback()
    {
        var service = Service;
        var (version, stage) = (Known(service), Any([Prod, Prod, Staging]));
        return (
            $"rolls {service} at {stage} back to {version}",
            new CellInput.OrderRollback(Person, service, stage, version, "it was better")
        );
    }

    private (string, CellInput) Yank()
    {
        var service = Service;
        var (version, isYanked) = (Known(service), random.Next(2) > 0);
        return (
            $"{(isYanked ? "yanks" : "takes back the yank of")} {service} {version}",
            new CellInput.YankVersion(Person, service, version, isYanked, "leaks")
        );
    }

    private (string, CellInput) Closing()
    {
        if (random.Next(2) == 0)
        {
            var name =
                world.Cell.Windows.IsEmpty || random.Next(8) == 0
                    ? WindowName.Parse("no-such")
                    : Any([.. world.Cell.Windows.Keys]);
            return ($"releases {name}", new CellInput.ReleaseWindow(Person, name, "all is well"));
        }

        ImmutableArray<ServiceName> services = random.Next(2) == 0 ? [Checkout] : [];
        ImmutableArray<StageName> stages = random.Next(2) == 0 ? [Prod] : [];
        TimeSpan? within = random.Next(4) > 0 ? TimeSpan.FromSeconds(random.Next(5, 30)) : null;
        return (
            $"halts {Or(services, "all services")} at {Or(stages, "all stages")}, {(within is { } time ? $"for {time.TotalSeconds} s" : "until further notice")}",
            new CellInput.Halt(Person, services, stages, within, "smoke")
        );
    }

    private static string Or<T>(ImmutableArray<T> some, string all) => some.IsEmpty ? all : string.Join(", ", some);

    private (string, CellInput) Manifests()
    {
        var (said, set) = random.Next(6) switch
        {
            0 => Scale(),
            1 => Configuration(),
            2 => Quota(),
            3 => ("the east's rollouts", Nothing with { Pools = [DayFleet.EastPool(Any<int?>([null, 1, 2]))] }),
            4 => Window(),
            _ => Dependency(),
        };
        var (isDryRun, isStale) = (random.Next(6) == 0, random.Next(8) == 0);
        return (
            $"applies {said}{(isDryRun ? ", for a look" : "")}{(isStale ? ", by an old plan" : "")}",
            new CellInput.Apply(Person, set, isStale ? "gone" : null, isDryRun)
        );
    }

    private static ManifestSet Nothing { get; } = new([], [], [], []);

    private (string, ManifestSet) Scale()
    {
        var line = world.Cell.Lines[Any([LineName.Parse("checkout"), LineName.Parse("mail")])];
        var count = random.Next(1, 6);
        return (
            $"a count of {count} for {line.Name}",
            Nothing with
            {
                Lines = [line with { Route = [.. line.Route[..^1], line.Route[^1] with { Count = count }] }],
            }
        );
    }

    /// <summary>Of some resource, as much as so many instances of the usual size take.</summary>
    private (string, ManifestSet) Quota()
    {
        var instances = random.Next(8, 18);
        var limit = (instances % 3) switch
        {
            0 => new QuotaLimit(QuotaResource.Cpu, instances * 1_000),
            1 => new QuotaLimit(QuotaResource.Memory, instances * 256),
            _ => new QuotaLimit(QuotaResource.Instances, instances),
        };
        return (
            $"a quota of {limit.Most} {QuotaResources.UnitOf(limit.Resource)}",
            Nothing with
            {
                Teams = [new Team(DayFleet.Boutique, [limit])],
            }
        );
    }

    private (string, ManifestSet) Configuration()
    {
        var service = world.Cell.Services[Any([Checkout, DayFleet.Mail])];
        var size = random.Next(4, 12);
        var request = new Resources(size * 100, size * 50);
        return (
            $"a request of {request} for {service.Name}",
            Nothing with
            {
                Services =
                [
                    service with
                    {
                        Template = service.Template with { Request = request },
                        Priority = random.Next(20, 60),
                    },
                ],
            }
        );
    }

    private (string, ManifestSet) Window()
    {
        var from = world.Now.UtcDateTime.AddSeconds(random.Next(20));
        var effect = random.Next(4) == 0 ? WindowEffect.Allow : WindowEffect.Deny;
        var window = new Window
        {
            Name = WindowName.Parse(Any(["lunch", "night"])),
            Effect = effect,
            Services = random.Next(3) == 0 ? [DayFleet.Mail] : [],
            Stages = random.Next(3) == 0 ? [] : [Prod],
            Zone = "UTC",
            Recurring = [],
            Dated = [new DatedPeriod(from, from.AddSeconds(random.Next(-2, 30)))],
            OnClose = Any([WindowClosing.Finish, WindowClosing.Hold]),
            Reason = "people eat",
        };
        return (
            $"a window {window.Name} that may {effect}".Replace("may Deny", "denies", StringComparison.Ordinal),
            Nothing with
            {
                Windows = [window],
            }
        );
    }

    private (string, ManifestSet) Dependency()
    {
        var service = world.Cell.Services[DayFleet.Front];
        var majors = Any(["1", "1-2", "2"]);
        return (
            $"a front that needs checkout {majors}",
            Nothing with
            {
                Services = [service with { Dependencies = [new Dependency(Checkout, Majors(majors))] }],
            }
        );
    }

    private (string, CellInput) Hosts()
    {
        var host = Host;
        if (random.Next(2) == 0)
        {
            TimeSpan? within = random.Next(2) == 0 ? TimeSpan.FromSeconds(random.Next(1, 30)) : null;
            return (
                $"drains {host}{(within is { } time ? $" within {time.TotalSeconds} s" : "")}",
                new CellInput.DrainHost(Person, host, within, "a new kernel")
            );
        }

        var availability = Any([HostAvailability.Open, HostAvailability.Open, HostAvailability.Cordoned]);
        return ($"sets {host} {availability}", new CellInput.SetAvailability(Person, host, availability));
    }

    private (string, CellInput) Rebalance()
    {
        if (random.Next(3) == 0)
        {
            var number = random.Next(4);
            return ($"cancels rebalance {number}", new CellInput.CancelRebalance(Person, number, "too noisy"));
        }

        var order = AnyRebalance();
        return (
            $"asks that {order.Pool} be rebalanced by {order.Moves} moves: {order.Goal}",
            new CellInput.AskRebalance(Person, order, "tidy")
        );
    }

    public RebalanceOrder AnyRebalance() =>
        new(
            Any([PoolName.Parse("default"), DayFleet.East, PoolName.Parse("moon")]),
            Any([RebalanceGoal.Pack, RebalanceGoal.Spread]),
            random.Next(5)
        );

    private (string, CellInput) Delegation()
    {
        if (random.Next(3) == 0)
        {
            var number = random.Next(4);
            var isAdmin = random.Next(2) == 0;
            return (
                $"revokes delegation {number}",
                new CellInput.RevokeDelegation(Person, number, "back again", isAdmin)
            );
        }

        DelegationScope scope =
            random.Next(2) == 0 ? new DelegationScope.OfGroup("keepers") : new DelegationScope.OfStage(Prod);
        var (to, seconds) = (Person, random.Next(-3, 60));
        return (
            $"lets {to} approve for {scope} for {seconds} s",
            new CellInput.CreateDelegation(
                Person,
                to,
                scope,
                world.Now.AddSeconds(seconds),
                "leave",
                random.Next(4) > 0
            )
        );
    }

    private (string, CellInput) News()
    {
        var rollouts = world.Cell.Rollouts.Values.Where(each => each.Stage.Webhooks.Length > 0).ToList();
        if (rollouts.Count == 0)
        {
            return Measure();
        }

        var rollout = Any(rollouts.TakeLast(3).ToList());
        var gate = Any(rollout.Stage.Webhooks);
        WebhookAnswer answer = random.Next(5) switch
        {
            0 => new WebhookAnswer.Refused("too slow"),
            1 => new WebhookAnswer.Pending("measuring"),
            2 => new WebhookAnswer.Failed("down"),
            _ => new WebhookAnswer.Allowed("fine"),
        };
        var round = RolloutWebhooks.StateOf(rollout, gate)?.Round ?? 1;
        return (
            $"hears of {gate.Name} about {rollout.Id}: {answer.GetType().Name}",
            new CellInput.WebhookAnswered(
                rollout.Id,
                new RolloutEvent.WebhookAnswered(gate.Name, gate.Before, round + random.Next(2), answer)
            )
        );
    }

    private (string, CellInput) Measure()
    {
        var id = world.Cell.Rollouts.IsEmpty
            ? RolloutId.Parse("checkout/999/prod")
            : Any([.. world.Cell.Rollouts.Keys]);
        var metric = Any(["errors", "carts"]);
        var sample = new MetricSample.Counted(world.Now.AddSeconds(-1), world.Now, 20, random.Next(20), 90, 1);
        return ($"measures {metric} of {id}", new CellInput.MetricMeasured(id, metric, sample, IsAsked: false));
    }

    private (string, CellInput) Notes()
    {
        var secret = SecretName.Parse(Any(["key", "pin"]));
        var instance =
            world.Cell.Instances.Values.Select(each => each.Id).FirstOrDefault() ?? InstanceId.Parse("cart.prod.1");
        return random.Next(4) switch
        {
            0 => ($"deletes secret {secret}", new CellInput.DeleteSecret(Person, secret)),
            1 => ($"runs ls in {instance}", new CellInput.RunProgram(Person, instance, ["ls", "/"])),
            2 => ($"copies a file to {instance}", new CellInput.CopyFile(Person, instance, "/tmp/a", 3)),
            _ => (
                $"sets secret {secret}",
                new CellInput.SetSecret(Person, secret, Any<TeamName?>([null, DayFleet.Post]), $"x{random.Next(3)}")
            ),
        };
    }

    private string Happening()
    {
        var (id, host) = Any([.. world.Hosts]);
        switch (random.Next(7))
        {
            case 0 when host.IsPowered:
                host.PowerOff();
                return $"{id} loses its power";
            case 1:
                host.KillAll();
                return $"everything on {id} is killed";
            case 2:
                host.IsCutOff = !host.IsCutOff;
                return host.IsCutOff ? $"{id} is cut off" : $"{id} is connected again";
            case 3:
                world.Crash();
                return "the conductor dies, and another takes over";
            case 4:
                var version = Version.ToString();
                var percent = Any([0, 0, 30]);
                world.ErrorPercent[version] = percent;
                return string.Create(CultureInfo.InvariantCulture, $"{version} answers {percent} % with errors");
            case 5:
                world.RequestsPerSecond = Any([60, 60, 5, 200]);
                return string.Create(CultureInfo.InvariantCulture, $"{world.RequestsPerSecond} requests a second");
            default:
                host.PowerOn();
                return $"{id} has power";
        }
    }
}
