using System.Security.Claims;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Inquiries;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Files into instances.</summary>
internal static class CopyEndpoints
{
    /// <summary>It travels in one message.</summary>
    private const int MaxBytes = 512 * 1024;

    private const int MaxPathLength = 1024;
    private const int OctalDigits = 4;

    public static void MapCopies(this IEndpointRouteBuilder app) =>
        app.MapPost("/v1/instances/{instance}/files", CopyAsync)
            .Answers<ActionResult>("Put a file into an instance that runs; the journal says who did");

    private static async Task<IResult> CopyAsync(
        string instance,
        FileCopyRequest request,
        ClaimsPrincipal user,
        Conductor conductor,
        InstanceQuestions questions,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.From(user);
        if (caller.MissingToOperate() is { } missing)
        {
            return Problems.Forbidden(missing);
        }

        if (Wrong(request, out var mode, out var bytes) is { } wrong)
        {
            return Problems.Invalid("copy_invalid", wrong, "orc cp FILE INSTANCE:/PATH");
        }

        if (FleetEndpoints.Find(conductor.Current.Cell, instance) is not { } found)
        {
            return Problems.NotFound("instance", instance, "See the instances: orc get instances");
        }

        // Told before it is done, as what is run.
        var told = await conductor.AskAsync(
            new CellInput.CopyFile(caller.Name, found.Id, request.Path, bytes),
            cancellationToken
        );
        if (told is not CellAnswer.Accepted)
        {
            return Answers.Of(told, "orc get instances");
        }

        var answer = await questions.CopyAsync(found, request.Path, mode, request.Content, cancellationToken);
        return answer.Value switch
        {
            null => InquiryEndpoints.Silent(found.Host, answer.Silence),
            { Failure: "" } => Results.Ok(
                new ActionResult(
                    found.Id.Value,
                    $"{bytes} bytes are in {request.Path} now.",
                    $"orc exec {found.Id} -- ls -l {request.Path}"
                )
            ),
            { Failure: var failure } => Problems.Of(
                StatusCodes.Status409Conflict,
                "copy_failed",
                failure,
                "See the instance: orc get instances"
            ),
        };
    }

    /// <summary>Null if nothing is.</summary>
    private static string? Wrong(FileCopyRequest request, out int mode, out int bytes)
    {
        mode = 0;
        bytes = 0;
        if (!request.Path.StartsWith('/') || request.Path.Length > MaxPathLength || request.Path.Any(char.IsControl))
        {
            return "The path is not an absolute path of a file.";
        }

        if (
            request.Mode.Length is < OctalDigits - 1 or > OctalDigits
            || request.Mode.Any(each => each is < '0' or > '7')
        )
        {
            return "The mode is not three or four octal digits.";
        }

        mode = Convert.ToInt32(request.Mode, fromBase: 8);
        var content = new byte[MaxBytes + 1];
        var isBase64 = Convert.TryFromBase64String(request.Content, content, out bytes);
        return (isBase64, bytes) switch
        {
            (true, <= MaxBytes) => null,
            (false, _) when request.Content.Length <= MaxBytes => "The content is not base64.",
            _ => $"The file has more than {MaxBytes / 1024} KiB, or its content is not base64.",
        };
    }
}
