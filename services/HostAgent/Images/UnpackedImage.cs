namespace Orchestrator.HostAgent.Images;

/// <summary>An image whose every blob was checked, unpacked to a directory that is never written to again.</summary>
/// <param name="RootDirectory">For a runtime that keeps images itself, what the image is called there instead.</param>
internal sealed record UnpackedImage(string RootDirectory, OciImageConfig Config);
