using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Secrets are set and deleted by people. What is written down of that never holds a value.</summary>
internal static class Secrets
{
    /// <summary>All of them are in memory, and a fleet has some per service.</summary>
    private const int MaxSecrets = 10_000;

    public static CellAnswer Set(CellDraft draft, CellInput.SetSecret asked, DateTimeOffset now)
    {
        var known = draft.Secrets.Find(asked.Secret);
        if (known is not null && known.Team != asked.Team)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "secret_of_other_team",
                $"The secret {asked.Secret} belongs to {Owner(known.Team)}, not to {Owner(asked.Team)}.",
                "Choose another name, or delete that one first: orc secret delete NAME"
            );
        }

        if (known is null && draft.Secrets.Count >= MaxSecrets)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "too_many_secrets",
                string.Create(CultureInfo.InvariantCulture, $"There are {MaxSecrets} secrets already."),
                "Delete those that nobody uses: orc secret list"
            );
        }

        var secret = new Secret
        {
            Name = asked.Secret,
            Team = asked.Team,
            Sealed = asked.Sealed,
            Revision = (known?.Revision ?? 0) + 1,
            SetBy = asked.Actor,
            SetAt = now,
        };
        draft.Secrets.Put(secret.Name, secret);
        var hosts = draft.HostsWith(secret.Name).ToList();
        draft.DirtyHosts.UnionWith(hosts); // So that whatever starts there next has the new value.
        var reason = string.Create(
            CultureInfo.InvariantCulture,
            $"revision {secret.Revision}, of {Owner(secret.Team)}"
        );
        draft.Record(now, asked.Actor, "secret.set", secret.Name.Value, reason);
        return new CellAnswer.Accepted(
            secret.Name.Value,
            hosts.Count == 0
                ? $"The secret {secret.Name} is set."
                : $"The secret {secret.Name} is changed; what runs gets the new value when it starts anew."
        );
    }

    public static CellAnswer Delete(CellDraft draft, CellInput.DeleteSecret asked, DateTimeOffset now)
    {
        if (!draft.Secrets.TryGet(asked.Secret, out var secret))
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "secret_unknown",
                $"There is no secret {asked.Secret}.",
                "See the secrets: orc secret list"
            );
        }

        if (UserOf(draft, secret.Name) is { } user)
        {
            return new CellAnswer.Refused(
                RefusalKind.Conflict,
                "secret_in_use",
                $"{user} uses the secret {secret.Name}.",
                "Apply its manifest without the secret, and roll that out, first."
            );
        }

        draft.Secrets.Remove(secret.Name);
        draft.Record(now, asked.Actor, "secret.deleted", secret.Name.Value, $"of {Owner(secret.Team)}");
        return new CellAnswer.Accepted(secret.Name.Value, $"The secret {secret.Name} is no more.");
    }

    /// <summary>Secrets that a service names, and that it cannot have.</summary>
    public static IEnumerable<RefusedPlace> Check(CellDraft draft, Service service)
    {
        foreach (var use in service.Template.Container.Secrets)
        {
            var (subject, path) = ($"Service/{service.Name}", "spec.template.secrets");
            if (!draft.Secrets.TryGet(use.Secret, out var secret))
            {
                yield return new RefusedPlace(
                    subject,
                    path,
                    "secret_unknown",
                    $"There is no secret {use.Secret}.",
                    $"Set it first: orc secret set {use.Secret} --team {service.Team}"
                );
            }
            else if (secret.Team is not null && secret.Team != service.Team)
            {
                yield return new RefusedPlace(
                    subject,
                    path,
                    "secret_of_other_team",
                    $"The secret {use.Secret} belongs to {Owner(secret.Team)}, and {service.Name} to {Owner(service.Team)}.",
                    "Set one of another name for this team."
                );
            }
        }
    }

    private static string? UserOf(CellDraft draft, SecretName secret)
    {
        if (draft.Services.Rows.FirstOrDefault(row => row.Template.Container.Uses(secret)) is { } service)
        {
            return $"The service {service.Name}";
        }

        return draft.HostsWith(secret).Order().FirstOrDefault() is { } host ? $"An instance on {host}" : null;
    }

    private static string Owner(TeamName? team) => team is null ? "the fleet" : $"team {team}";
}
