using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.Manifests.Drafts;

/// <summary>Exactly one of variable and path is given in what is right.</summary>
internal sealed record SecretDraft
{
    public required SecretName? Name { get; init; }

    public required bool HasEnv { get; init; }

    public required bool HasPath { get; init; }

    public required string? Env { get; init; }

    public required string? Path { get; init; }

    public static SecretDraft Read(Fields secret) =>
        new()
        {
            Name = secret.Text<SecretName>("name", Names.Secret),
            HasEnv = secret.Have("env"),
            HasPath = secret.Have("path"),
            Env = secret.Text<string>("env", Variables.ReadName),
            Path = secret.Text<string>("path", MountPaths.Read),
        };

    public SecretUse ToUse() =>
        new(
            Draft.Known(Name),
            HasEnv ? new SecretPlace.Variable(Draft.Known(Env)) : new SecretPlace.File(Draft.Known(Path))
        );
}
