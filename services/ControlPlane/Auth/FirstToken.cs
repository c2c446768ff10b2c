using System.Text;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Auth;

/// <summary>Leaves what <c>orc</c> needs to find this program: its address, and on the very first start an admin token.</summary>
internal static class FirstToken
{
    private const string AddressFile = "address";
    private const string TokenFile = "admin-token";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static async Task LeaveAsync(
        ControlPlaneOptions options,
        Database database,
        Uri address,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(options.DataDirectory);
        var text = address.GetLeftPart(UriPartial.Authority);
        await WriteAsync(Path.Combine(options.DataDirectory, AddressFile), text, cancellationToken);
        var tokens = await Tokens.ListAsync(database, cancellationToken);
        if (!tokens.IsEmpty)
        {
            return;
        }

        var secret = NewToken();
        // The file first: a token that nobody can read would lock everybody out.
        await WriteAsync(Path.Combine(options.DataDirectory, TokenFile), secret, cancellationToken);
        var token = new ApiToken(NewId(), Caller.Admin, [Caller.Admin], now, RevokedAt: null);
        await Tokens.AddAsync(database, token, Tokens.HashOf(secret), cancellationToken);
    }

    public static string NewToken() => $"orc_{SignIns.NewSecret()}";

    public static string NewId() => Guid.CreateVersion7().ToString("N");

    /// <summary>Only its owner may read it, from the first byte on; and it is whole or not there.</summary>
    private static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var partial = path + ".new";
        File.Delete(partial);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        await using (var stream = new FileStream(partial, options))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\n"), cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }
}
