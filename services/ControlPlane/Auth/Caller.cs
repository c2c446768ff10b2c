using System.Collections.Immutable;
using System.Security.Claims;
using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Auth;

/// <summary>Who asks, and what its token allows. Everybody with a token may read.</summary>
internal sealed record Caller(string Name, ImmutableArray<string> Roles)
{
    public const string Admin = "admin";
    public const string Operator = "operator";
    public const string Viewer = "viewer";
    private const string Publisher = "publisher:";
    private const string Approver = "approver:";
    private const string Sampler = "sampler:";
    private const string Group = "group:";

    public static Caller From(ClaimsPrincipal user) =>
        new(user.Identity?.Name ?? "", [.. user.FindAll(ClaimTypes.Role).Select(claim => claim.Value)]);

    /// <summary>Whether the text is a role that can be given.</summary>
    public static bool IsRole(string role) =>
        role is Admin or Operator or Viewer
        || (role.StartsWith(Publisher, StringComparison.Ordinal) && TeamName.TryParse(role[Publisher.Length..], out _))
        || (role.StartsWith(Sampler, StringComparison.Ordinal) && TeamName.TryParse(role[Sampler.Length..], out _))
        || (role.StartsWith(Approver, StringComparison.Ordinal) && StageName.TryParse(role[Approver.Length..], out _))
        || (role.StartsWith(Group, StringComparison.Ordinal) && StageName.TryParse(role[Group.Length..], out _));

    /// <summary>Of people who may approve where a stage names them.</summary>
    public ImmutableArray<string> Groups =>
        [.. Roles.Where(role => role.StartsWith(Group, StringComparison.Ordinal)).Select(role => role[Group.Length..])];

    /// <summary>Whether there is a stage that it may approve at, by a role of its own.</summary>
    public bool IsApprover =>
        IsAdmin || !Groups.IsEmpty || Roles.Any(role => role.StartsWith(Approver, StringComparison.Ordinal));

    public bool IsAdmin => Roles.Contains(Admin, StringComparer.Ordinal);

    /// <summary>Null if it may; else the role that is missing.</summary>
    public string? MissingToOperate() => IsAdmin || Roles.Contains(Operator, StringComparer.Ordinal) ? null : Operator;

    public string? MissingToAdminister() => IsAdmin ? null : Admin;

    public string? MissingToPublish(TeamName team) => MissingUnlessAdmin($"{Publisher}{team}");

    /// <summary>To send what was measured of a team's services.</summary>
    public string? MissingToSample(TeamName team) =>
        MissingToOperate() is null ? null : MissingUnlessAdmin($"{Sampler}{team}");

    public string? MissingToApprove(StageName stage) => MissingUnlessAdmin($"{Approver}{stage}");

    private string? MissingUnlessAdmin(string role) =>
        IsAdmin || Roles.Contains(role, StringComparer.Ordinal) ? null : role;
}
