namespace Orchestrator.HostAgent.Runtimes.Garden;

/// <param name="Rootfs">See <see cref="GardenRootfs"/>.</param>
/// <param name="Depot">Where copies of images are made; empty: below the host's directory.</param>
internal sealed record GardenSettings(GardenAddress Address, string Rootfs, string Depot);
