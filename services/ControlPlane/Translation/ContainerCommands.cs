using System.Collections.Immutable;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core.Catalog;

namespace Orchestrator.ControlPlane.Translation;

/// <summary>From how a container shall be to what the bus carries of it.</summary>
internal static class ContainerCommands
{
    /// <summary>Null for one without settings, which is all that agents from before there were any know.</summary>
    public static AssignedContainer? From(ContainerSettings settings) =>
        settings.Lines().Any()
            ? new AssignedContainer
            {
                StopSignal = settings.StopSignal,
                PreStopMilliseconds = (int)settings.PreStop.TotalMilliseconds,
                Limits = Listed(
                    settings.Limits.Select(limit => new AssignedProcessLimit(limit.Name, limit.Soft, limit.Hard))
                ),
                HasInit = settings.HasInit,
                Files = Listed(settings.Files.Select(file => new AssignedFile(file.Path, file.Content, file.Mode))),
                Secrets = Listed(settings.Secrets.Select(From)),
                Volumes = Listed(settings.Volumes.Select(From)),
            }
            : null;

    /// <summary>Without its value, which is put in for the host that gets it.</summary>
    private static AssignedSecret From(SecretUse use) =>
        new()
        {
            Name = use.Secret.Value,
            Variable = use.Place is SecretPlace.Variable(var name) ? name : null,
            Path = use.Place is SecretPlace.File(var path) ? path : null,
        };

    private static AssignedVolume From(VolumeMount volume) =>
        new()
        {
            Path = volume.Path,
            Name = volume.Source is VolumeSource.Named(var name) ? name : null,
            HostPath = volume.Source is VolumeSource.OfHost(var path) ? path : null,
            TemporaryMebibytes = volume.Source is VolumeSource.Temporary(var size) ? size : 0,
            IsReadOnly = volume.IsReadOnly,
        };

    /// <summary>Null for none: what is not there is not sent.</summary>
    private static ImmutableArray<T>? Listed<T>(IEnumerable<T> items) =>
        items.ToImmutableArray() is { IsEmpty: false } list ? list : null;
}
