using Orchestrator.ControlPlane.Secrets;

namespace Orchestrator.ControlPlane.Webhooks;

/// <summary>The key that a program which is alone signs with: whoever verifies reads it there.</summary>
public static class WebhookKeyFile
{
    private const string Name = "webhook.key";

    /// <summary>Makes it if it is not there.</summary>
    /// <exception cref="InvalidOperationException">Others may read it.</exception>
    public static string ReadOrMake(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, Name);
        PrivateFile.MakeUnlessThere(path, SigningKey.New() + "\n");
        return PrivateFile.Read(path, "The key of webhooks").Trim();
    }
}
