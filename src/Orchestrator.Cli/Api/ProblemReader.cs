using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Api;

/// <summary>Makes a problem of any answer that is not a success, also of one that a proxy wrote.</summary>
internal static class ProblemReader
{
    public static async Task<Problem> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        var problem = await TryReadBodyAsync(answer, cancellationToken) ?? FromStatus(answer, status);
        return problem.Hint is null ? problem with { Hint = HintFor(answer.StatusCode) } : problem;
    }

    private static async Task<Problem?> TryReadBodyAsync(
        HttpResponseMessage answer,
        CancellationToken cancellationToken
    )
    {
        if (answer.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
        {
            return null;
        }

        try
        {
            return await answer.Content.ReadFromJsonAsync(CliJson.Default.Problem, cancellationToken);
        }
        catch (JsonException)
        {
            return null; // Not one of ours: the status says what is known.
        }
    }

    private static Problem FromStatus(HttpResponseMessage answer, int status) =>
        new()
        {
            Title = string.Create(CultureInfo.InvariantCulture, $"The answer is {status} {answer.ReasonPhrase}."),
            Status = status,
            Code = string.Create(CultureInfo.InvariantCulture, $"http_{status}"),
        };

    private static string? HintFor(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.Unauthorized =>
                "Set ORC_TOKEN (or --token), or point ORC_DATA at the data directory of the control plane.",
            HttpStatusCode.Forbidden => "`orc whoami` shows the roles of your token.",
            _ => null,
        };
}
