using System.Diagnostics;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Drafts;

/// <summary>
/// One document as far as it could be read: a value is null where the manifest is wrong or says nothing.
/// Properties are called as the manifest's fields, since rules report them by that path.
/// </summary>
internal abstract record Draft
{
    public required ManifestDocument Document { get; init; }

    public abstract string Kind { get; }

    /// <summary>What must be distinct within the kind; null if it could not be read.</summary>
    public abstract string? Identity { get; }

    /// <summary>Where the identity stands.</summary>
    public abstract string IdentityPath { get; }

    /// <summary>As Core calls it when it refuses it. For a document without errors.</summary>
    public virtual string Subject => $"{Kind}/{Identity}";

    /// <summary>For a document without errors.</summary>
    internal static T Known<T>(T? value)
        where T : class => value ?? throw NotKnown();

    /// <summary>For a document without errors.</summary>
    internal static T Known<T>(T? value)
        where T : struct => value ?? throw NotKnown();

    private static UnreachableException NotKnown() => new("A document without errors lacks something it needs.");
}
