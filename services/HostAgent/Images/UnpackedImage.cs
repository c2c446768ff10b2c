namespace Orchestrator.HostAgent.Images;

/// <summary>An image whose every blob was checked, unpacked to a directory that is never written to again.</summary>
internal sealed record UnpackedImage(string RootDirectory, OciImageConfig Config);
