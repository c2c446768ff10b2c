using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Applies a set of manifests, whole or not at all.</summary>
internal static class ManifestApplication
{
    private const int PlanIdLength = 16;
    private static readonly ImmutableSortedDictionary<string, string> Nothing = ImmutableSortedDictionary<
        string,
        string
    >.Empty;

    public static CellAnswer Apply(CellDraft draft, CellInput.Apply asked, DateTimeOffset now)
    {
        var plan = Plan(draft, asked, now);
        var wrong = ManifestChecks.Check(draft, asked.Manifests, plan.Versions);
        if (wrong.Length > 0)
        {
            return new CellAnswer.Refused(
                wrong.All(place => place.Code == "version_conflict") ? RefusalKind.Conflict : RefusalKind.Invalid,
                wrong.All(place => place.Code == wrong[0].Code) ? wrong[0].Code : "manifest_invalid",
                $"{wrong.Length} things are wrong with the manifests.",
                "Each comes with its place and what to do about it."
            )
            {
                Places = wrong,
            };
        }

        var planId = PlanId(plan.Objects);
        if (asked.PlanId is { } expected && expected != planId)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "plan_stale",
                $"The plan {expected} was made against another state; now it would be {planId}.",
                "Look again: orc diff -f FILE"
            );
        }

        if (!asked.IsDryRun)
        {
            CarryOut(draft, asked, plan, now);
        }

        return new CellAnswer.Applied(planId, [.. plan.Objects.Select(each => each.ToChange())]);
    }

    private static ApplyPlan Plan(CellDraft draft, CellInput.Apply asked, DateTimeOffset now)
    {
        var manifests = asked.Manifests;
        var services = manifests.Services.ToDictionary(service => service.Name);
        ImmutableArray<ServiceVersion> versions =
        [
            .. manifests.Versions.SelectMany(order =>
            {
                var service = services.GetValueOrDefault(order.Service) ?? draft.Services.Find(order.Service);
                return service is null ? [] : new[] { Publication.Compose(service, order, asked.Actor, now) };
            }),
        ];
        ImmutableArray<PlannedObject> objects =
        [
            .. manifests.Pools.Select(pool => new PlannedObject(
                "Pool",
                pool.Name.Value,
                draft.Pools.Find(pool.Name) is { } stored ? ManifestFields.Of(stored) : null,
                ManifestFields.Of(pool)
            )),
            .. manifests.Teams.Select(team => new PlannedObject(
                "Team",
                team.Name.Value,
                draft.Teams.Find(team.Name) is { } stored ? ManifestFields.Of(stored) : null,
                ManifestFields.Of(team)
            )),
            .. manifests.Windows.Select(window => new PlannedObject(
                "Window",
                window.Name.Value,
                draft.Windows.Find(window.Name) is { } stored ? ManifestFields.Of(stored) : null,
                ManifestFields.Of(window)
            )),
            .. manifests.Services.Select(service => new PlannedObject(
                "Service",
                service.Name.Value,
                draft.Services.Find(service.Name) is { } stored ? ManifestFields.Of(stored) : null,
                ManifestFields.Of(service)
            )),
            .. versions.Select(version => new PlannedObject(
                "Version",
                $"{version.Service}/{version.Number}",
                draft.Versions.Find(new VersionKey(version.Service, version.Number)) is { } stored
                    ? ManifestFields.Of(stored)
                    : null,
                ManifestFields.Of(version)
            )),
            .. manifests.Lines.Select(line => new PlannedObject(
                "Line",
                line.Name.Value,
                draft.Lines.Find(line.Name) is { } stored ? ManifestFields.Of(stored) : null,
                ManifestFields.Of(line)
            )),
        ];
        return new ApplyPlan(versions, objects);
    }

    private static void CarryOut(CellDraft draft, CellInput.Apply asked, ApplyPlan plan, DateTimeOffset now)
    {
        var changed = plan
            .Objects.Where(each => each.ToChange().Action != ManifestAction.Unchanged)
            .Select(each => (each.Kind, each.Name))
            .ToHashSet();
        foreach (var pool in asked.Manifests.Pools.Where(each => changed.Contains(("Pool", each.Name.Value))))
        {
            foreach (var deployment in draft.Deployments.Rows.Where(each => each.Pool == pool.Name))
            {
                draft.DirtyDeployments.Add(new DeploymentKey(deployment.Service, deployment.Stage));
            }
        }

        draft.Put([.. asked.Manifests.Pools.Where(each => changed.Contains(("Pool", each.Name.Value)))]);

        foreach (var team in asked.Manifests.Teams.Where(each => changed.Contains(("Team", each.Name.Value))))
        {
            draft.Teams.Put(team.Name, team);
        }

        foreach (var window in asked.Manifests.Windows.Where(each => changed.Contains(("Window", each.Name.Value))))
        {
            draft.Windows.Put(window.Name, window);
        }

        foreach (var service in asked.Manifests.Services.Where(each => changed.Contains(("Service", each.Name.Value))))
        {
            draft.AreRoutesDirty |=
                draft.Services.Find(service.Name) is { } before && before.Routing != service.Routing;
            draft.Put(service);
        }

        foreach (
            var version in plan.Versions.Where(each => changed.Contains(("Version", $"{each.Service}/{each.Number}")))
        )
        {
            Publication.Add(draft, version, now);
        }

        foreach (var line in asked.Manifests.Lines.Where(each => changed.Contains(("Line", each.Name.Value))))
        {
            draft.Put(line);
            Resize(draft, line);
        }

        foreach (
            var each in plan.Objects.Where(each => changed.Contains((each.Kind, each.Name)) && each.Kind != "Version")
        )
        {
            var differences = each.ToChange().Differences;
            var reason = differences.IsEmpty ? "created" : string.Join("; ", differences);
            draft.Record(now, asked.Actor, $"{Word(each.Kind)}.applied", each.Name, reason);
        }
    }

    /// <summary>A changed count or pool takes effect at once where no rollout is under way; a rollout keeps its own copy.</summary>
    private static void Resize(CellDraft draft, Line line)
    {
        var stages = line.Services.SelectMany(service => line.Route.Select(stage => (service, stage)));
        foreach (var (service, stage) in stages)
        {
            var key = new DeploymentKey(service, stage.Name);
            var deployment = draft.Deployments.Find(key);
            if (!draft.IsRolling(key) && deployment is { Current: not null })
            {
                draft.Put(
                    deployment with
                    {
                        Pool = stage.Pool,
                        Targets = [.. deployment.Targets.Select(target => target with { Count = stage.Count })],
                    }
                );
            }
        }
    }

    private static string Word(string kind) =>
        kind switch
        {
            "Pool" => "pool",
            "Team" => "team",
            "Window" => "window",
            "Service" => "service",
            "Line" => "line",
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    /// <summary>The first 64 bits of SHA-256 over what is stored and what is wanted: it changes when either does.</summary>
    private static string PlanId(ImmutableArray<PlannedObject> objects)
    {
        var text = new StringBuilder();
        foreach (var each in objects)
        {
            text.Append(each.Kind).Append('/').Append(each.Name).Append('\n');
            Append(text, each.Stored ?? Nothing);
            text.Append("→\n");
            Append(text, each.Wanted);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..PlanIdLength];
    }

    private static void Append(StringBuilder text, ImmutableSortedDictionary<string, string> fields)
    {
        foreach (var (path, value) in fields)
        {
            text.Append(path).Append('=').Append(value).Append('\n');
        }
    }

    private sealed record ApplyPlan(ImmutableArray<ServiceVersion> Versions, ImmutableArray<PlannedObject> Objects);

    private sealed record PlannedObject(
        string Kind,
        string Name,
        ImmutableSortedDictionary<string, string>? Stored,
        ImmutableSortedDictionary<string, string> Wanted
    )
    {
        public ManifestChange ToChange()
        {
            var differences = Stored is null ? [] : ManifestFields.Differences(Stored, Wanted);
            var action = (Stored, differences.IsEmpty) switch
            {
                (null, _) => ManifestAction.Created,
                (_, true) => ManifestAction.Unchanged,
                _ => ManifestAction.Updated,
            };
            return new ManifestChange(Kind, Name, action, differences);
        }
    }
}
