using System.Security.Claims;
using System.Security.Cryptography;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Secrets;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Secrets go in here and never come out: what is listed are their names.</summary>
internal static class SecretEndpoints
{
    private const int MaxValueBytes = 32 * 1024;
    private const string Next = "orc secret list";

    public static void MapSecrets(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/v1/secrets",
                (Conductor conductor) =>
                {
                    var cell = conductor.Current.Cell;
                    return new Page<SecretView>([.. cell.Secrets.Values.Select(secret => Of(secret, cell))]);
                }
            )
            .WithSummary("Secrets, without their values");
        app.MapPost("/v1/secrets/{name}", SetAsync).Answers<ActionResult>("Set a secret; its value is never shown");
        app.MapDelete("/v1/secrets/{name}", DeleteAsync).Answers<ActionResult>("Delete a secret that nothing uses");
    }

    private static SecretView Of(Secret secret, Cell cell) =>
        new(
            secret.Name.Value,
            secret.Team?.Value ?? "",
            secret.Revision,
            secret.SetBy,
            secret.SetAt,
            [
                .. cell
                    .Services.Values.Where(service => service.Template.Container.Uses(secret.Name))
                    .Select(service => service.Name.Value),
            ]
        );

    private static async Task<IResult> SetAsync(
        string name,
        SecretRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        IServiceProvider services,
        CancellationToken cancellationToken
    )
    {
        TeamName? team = null;
        if (
            !SecretName.TryParse(name, out var secret)
            || (request.Team is { } text && !TeamName.TryParse(text, out team))
        )
        {
            return Problems.Invalid(
                "invalid_name",
                "That is no name of a secret or a team.",
                "Lower-case letters, digits and hyphens, beginning with a letter, at most 63."
            );
        }

        var caller = Caller.From(user);
        if (MissingFor(caller, team) is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        if (services.GetService<SecretVault>() is not { } vault)
        {
            return Problems.Of(
                StatusCodes.Status503ServiceUnavailable,
                "secrets_off",
                "This control plane has no key to keep secrets with.",
                "Name its file in ORC_ControlPlane__SecretsKeyFile, the same for every replica."
            );
        }

        var value = new byte[MaxValueBytes + 1];
        if (!Convert.TryFromBase64String(request.Value, value, out var count) || count is 0 or > MaxValueBytes)
        {
            return Problems.Invalid(
                "invalid_secret",
                "A secret has 1 to 32768 bytes, sent in base64.",
                "Use orc secret set."
            );
        }

        var sealedValue = vault.Seal(secret, value.AsSpan(0, count));
        CryptographicOperations.ZeroMemory(value);
        return Answers.Of(
            await conductor.AskAsync(
                new CellInput.SetSecret(caller.Name, secret, team, sealedValue),
                cancellationToken
            ),
            Next
        );
    }

    private static async Task<IResult> DeleteAsync(
        string name,
        ClaimsPrincipal user,
        Conductor conductor,
        CancellationToken cancellationToken
    )
    {
        if (
            !SecretName.TryParse(name, out var secret)
            || !conductor.Current.Cell.Secrets.TryGetValue(secret, out var known)
        )
        {
            return Problems.NotFound("secret", name, "See the secrets: orc secret list");
        }

        var caller = Caller.From(user);
        return MissingFor(caller, known.Team) is { } missing
            ? Problems.Forbidden(missing)
            : Answers.Of(
                await conductor.AskAsync(new CellInput.DeleteSecret(caller.Name, secret), cancellationToken),
                Next
            );
    }

    /// <summary>A team sets its own; operators set all.</summary>
    private static string? MissingFor(Caller caller, TeamName? team)
    {
        var missing = caller.MissingToOperate();
        return missing is null || team is null ? missing : caller.MissingToPublish(team);
    }
}
