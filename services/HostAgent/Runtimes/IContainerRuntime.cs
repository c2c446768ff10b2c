using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Logs;

namespace Orchestrator.HostAgent.Runtimes;

/// <summary>
/// What can run containers. A container is named by us before it exists, so that whatever a crash leaves behind can be
/// found. All methods may be repeated; those that undo succeed when there is nothing to undo.
/// </summary>
internal interface IContainerRuntime : IDisposable
{
    /// <summary>As options and reports call it.</summary>
    string Name { get; }

    LogFormat LogFormat { get; }

    /// <summary>The images that <see cref="EnsureImageAsync"/> brought here.</summary>
    HeldImages Images { get; }

    /// <summary>On the file system that they take room of; empty: on that of the data directory.</summary>
    string ImagesDirectory => "";

    /// <summary>Checks that it can work here, and tells what it can do as labels of the host.</summary>
    /// <exception cref="RuntimeFailedException">It cannot; the message says what is missing.</exception>
    Task<IReadOnlyDictionary<string, string>> PrepareAsync(CancellationToken cancellationToken);

    /// <exception cref="ImageRefusedException">The image is missing or not fit to run.</exception>
    Task<UnpackedImage> EnsureImageAsync(string image, CancellationToken cancellationToken);

    /// <summary>Takes an image away that nobody uses or fetches, whole or so that it is never taken for whole again.</summary>
    /// <exception cref="RuntimeFailedException">It stays, for somebody else uses it.</exception>
    Task RemoveImageAsync(Sha256Digest image, CancellationToken cancellationToken);

    /// <summary>Creates and starts. After a failure something may be left: <see cref="RemoveAsync"/> takes it away.</summary>
    /// <exception cref="RuntimeFailedException">It did not start; the message says why.</exception>
    Task StartAsync(ContainerSpec spec, CancellationToken cancellationToken);

    /// <summary>All containers of this host, also half-made and ended ones.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    Task<ContainerStatus> InspectAsync(string containerId, CancellationToken cancellationToken);

    /// <summary>Completes when a running container has ended, whoever started it.</summary>
    Task<ContainerExit> WaitAsync(string containerId, CancellationToken cancellationToken);

    /// <summary>Its signal, and SIGKILL once the grace is over.</summary>
    Task StopAsync(string containerId, ContainerStop stop, CancellationToken cancellationToken);

    /// <summary>Null if it does not run, or the runtime cannot tell.</summary>
    Task<ContainerUsage?> MeasureAsync(string containerId, CancellationToken cancellationToken);

    /// <summary>Runs a program in a running container until it ends, and returns its exit code; cancelled, the program is killed.</summary>
    /// <exception cref="RuntimeFailedException">The container does not run, or has no such program.</exception>
    Task<int> ExecuteAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken);

    /// <summary>Puts a file into a running container, whole or not at all. It belongs to root there.</summary>
    /// <exception cref="RuntimeFailedException">The container does not run, has no such directory, or its files are not its own.</exception>
    Task CopyInAsync(string containerId, ContainerFile file, CancellationToken cancellationToken);

    /// <summary>Takes away everything but the log, killing what still runs.</summary>
    Task RemoveAsync(string containerId, CancellationToken cancellationToken);

    /// <summary>For development only: all processes of all containers die now, and nothing is cleaned up.</summary>
    Task CutPowerAsync(CancellationToken cancellationToken);
}
