using System.Security.Claims;
using System.Text;
using Orchestrator.Contracts.Bus;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Inquiries;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Api;

/// <summary>What only the hosts know, or can do.</summary>
internal static class InquiryEndpoints
{
    private const int DefaultTimeoutSeconds = 10;
    private const int MaxArguments = 100;
    private const int MaxArgumentBytes = 8 * 1024;
    private const int MaxInputBytes = 64 * 1024;
    private const double BytesPerMebibyte = 1024 * 1024;

    public static void MapInquiries(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/instances/{instance}/exec", ExecuteAsync)
            .Answers<ExecResult>("Run a program in an instance to its end; the journal says who did");
        app.MapGet("/v1/usage", MeasureAsync)
            .Answers<UsageView>("What instances use now, of a service, a stage or a host");
    }

    private static async Task<IResult> ExecuteAsync(
        string instance,
        ExecRequest request,
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

        if (Wrong(request) is { } wrong)
        {
            return Problems.Invalid("exec_invalid", wrong, "orc exec INSTANCE -- PROGRAM ARGUMENTS");
        }

        if (FleetEndpoints.Find(conductor.Current.Cell, instance) is not { } found)
        {
            return Problems.NotFound("instance", instance, "See the instances: orc get instances");
        }

        // Told before it is done: what was run and never written down would be worse than the other way round.
        var told = await conductor.AskAsync(
            new CellInput.RunProgram(caller.Name, found.Id, [.. request.Arguments]),
            cancellationToken
        );
        if (told is not CellAnswer.Accepted)
        {
            return Answers.Of(told, "orc get instances");
        }

        var timeout = TimeSpan.FromSeconds(request.TimeoutSeconds ?? DefaultTimeoutSeconds);
        var answer = await questions.RunAsync(found, request.Arguments, request.Input, timeout, cancellationToken);
        return answer.Value is { } ran ? Results.Ok(Of(ran)) : Silent(found.Host, answer.Silence);
    }

    private static async Task<IResult> MeasureAsync(
        string? service,
        string? stage,
        string? host,
        Conductor conductor,
        InstanceQuestions questions,
        CancellationToken cancellationToken
    )
    {
        var cell = conductor.Current.Cell;
        if (service is not null && Names.FindDeployment(service, stage, cell) is null)
        {
            return Names.UnknownDeployment(service, stage, cell);
        }

        if (host is not null && Names.FindHost(host, cell) is null)
        {
            return Names.UnknownHost(host, cell);
        }

        var instances = cell
            .Instances.Values.Where(each => each.Phase is not InstancePhase.Lost)
            .Where(each => service is null || each.Service.Value == service)
            .Where(each => stage is null || each.Stage.Value == stage)
            .Where(each => host is null || each.Host.Value == host)
            .ToDictionary(each => each.Id.Value, StringComparer.Ordinal);
        var hosts = instances.Values.Select(each => each.Host).ToHashSet();
        if (hosts.Count > InstanceQuestions.MaxHostsMeasured)
        {
            return Problems.Invalid(
                "too_many_hosts",
                $"These instances are on {hosts.Count} hosts; at most {InstanceQuestions.MaxHostsMeasured} are asked at once.",
                "Ask for one service, one stage or one host."
            );
        }

        var answers = await questions.MeasureAsync(hosts, cancellationToken);
        return Results.Ok(
            new UsageView
            {
                Instances =
                [
                    .. answers
                        .Values.SelectMany(answer => answer.Value?.Instances ?? [])
                        .Where(usage => instances.ContainsKey(usage.InstanceId))
                        .Select(usage => Of(instances[usage.InstanceId], usage))
                        .OrderByDescending(usage => usage.CpuMillicores)
                        .ThenBy(usage => usage.Instance, StringComparer.Ordinal),
                ],
                Silent =
                [
                    .. answers
                        .Where(answer => answer.Value.Value is null)
                        .Select(answer => new SilentHost(answer.Key.Value, answer.Value.Silence)),
                ],
            }
        );
    }

    /// <summary>Null if nothing is.</summary>
    private static string? Wrong(ExecRequest request) =>
        request switch
        {
            { Arguments: [] or ["", ..] } => "There is no program to run.",
            { Arguments.Count: > MaxArguments } => $"There are more than {MaxArguments} arguments.",
            { Arguments: var arguments } when arguments.Any(each => each.Contains('\0')) =>
                "An argument contains a NUL character.",
            { Arguments: var arguments } when arguments.Sum(Encoding.UTF8.GetByteCount) > MaxArgumentBytes =>
                $"The arguments have more than {MaxArgumentBytes / 1024} KiB.",
            { Input: var input } when Encoding.UTF8.GetByteCount(input) > MaxInputBytes =>
                $"The input has more than {MaxInputBytes / 1024} KiB.",
            { TimeoutSeconds: < 1 or > InstanceQuestions.MaxTimeoutSeconds } =>
                $"A program may take 1 to {InstanceQuestions.MaxTimeoutSeconds} seconds.",
            _ => null,
        };

    private static ExecResult Of(ProgramRan ran) =>
        new()
        {
            ExitCode = ran.ExitCode,
            Output = ran.Output,
            Errors = ran.Errors,
            IsCut = ran.IsCut,
            Failure = ran.Failure,
        };

    private static InstanceUsageView Of(Instance instance, InstanceUsage usage) =>
        new()
        {
            Instance = usage.InstanceId,
            Host = instance.Host.Value,
            Version = instance.Version.ToString(),
            CpuMillicores = usage.CpuMillicores,
            CpuRequestMillicores = instance.Demand.CpuMillicores,
            MemoryMebibytes = Math.Round(usage.MemoryBytes / BytesPerMebibyte, 1),
            MemoryRequestMebibytes = instance.Demand.MemoryMebibytes,
            Tasks = usage.Tasks,
        };

    internal static IResult Silent(HostId host, string reason) =>
        Problems.Of(
            StatusCodes.Status504GatewayTimeout,
            "host_silent",
            $"{host} did not answer: {reason}.",
            "See whether it is there: orc hosts"
        );
}
