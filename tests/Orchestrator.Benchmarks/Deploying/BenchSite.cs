using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Benchmarks.Deploying;

/// <summary>A directory with an image of busybox in it, and everything that a measurement starts; nothing of it stays.</summary>
internal sealed class BenchSite : IAsyncDisposable
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly List<Process> _running = [];
    private readonly List<string> _directories = [];

    private BenchSite(string directory)
    {
        Directory = directory;
        DeleteAtEnd(directory);
    }

    public string Directory { get; }

    /// <summary>By digest, in <see cref="Images"/>.</summary>
    public string Image { get; private set; } = "";

    public string Images => Path.Combine(Directory, "images");

    /// <summary>What is in the image.</summary>
    public string Rootfs => Path.Combine(Directory, "rootfs");

    /// <summary>Below /run, for a socket's path may have 107 characters and no more.</summary>
    public string Socket => Path.Combine(Directory, "d");

    public static async Task<BenchSite> OpenAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new InvalidDataException("Containers need root: run this as root.");
        }

        var busybox = FindTool("busybox");
        var site = new BenchSite($"/run/orc-bench-{Guid.NewGuid().ToString("N")[..8]}");
        System.IO.Directory.CreateDirectory(Path.Combine(site.Rootfs, "bin"));
        foreach (var name in (string[])["busybox", "sh", "sleep"])
        {
            File.Copy(busybox, Path.Combine(site.Rootfs, "bin", name));
        }

        var packed = await site.RunAsync(
            Programs.Orc,
            ["image", "pack", site.Rootfs, "--name", "busybox", "--layout", site.Images, "--entrypoint", "/bin/sleep"]
        );
        site.Image = packed.Trim().Split('\n')[^1];
        return site;
    }

    /// <summary>Without an image, for programs that need no containers, nor root.</summary>
    public static BenchSite OpenPlain() => new(System.IO.Directory.CreateTempSubdirectory("orc-bench-").FullName);

    /// <summary>A new one on a disk, where instances' file systems can be: below /run they may not.</summary>
    public string DataDirectory(string name)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory($"orc-bench-{name}-").FullName;
        DeleteAtEnd(directory);
        return directory;
    }

    /// <summary>The program's path on this machine.</summary>
    /// <exception cref="InvalidDataException">It has none of that name.</exception>
    public static string FindTool(string name) =>
        ((string[])["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists)
        ?? throw new InvalidDataException(
            $"{name} is not on this machine; on Debian: apt-get install crun conmon docker.io busybox-static wrk nginx-light haproxy"
        );

    /// <summary>Starts a program that runs until this is disposed; what it prints goes to a file.</summary>
    public Process Start(string name, string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList =
            {
                "-c",
                "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null",
                "sh",
                LogOf(name),
                program,
            },
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new UnreachableException("A shell always starts.");
        _running.Add(process);
        return process;
    }

    public string ReadLog(string name) => File.Exists(LogOf(name)) ? File.ReadAllText(LogOf(name)) : "";

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public async Task<string> RunAsync(string program, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["DOCKER_HOST"] = $"unix://{Socket}",
                    ["DOCKER_CONFIG"] = Directory,
                    ["ORC"] = Programs.Orc,
                },
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidDataException($"{program} {string.Join(' ', arguments)}: {await errors}");
    }

    /// <summary>Looks every few milliseconds, and returns how long it took since a moment.</summary>
    public static async Task<TimeSpan> UntilAsync(string what, long since, TimeSpan within, Func<Task<bool>> isSo)
    {
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(since) > within)
            {
                throw new InvalidDataException($"Waited in vain for {within.TotalSeconds:0} s: {what}");
            }

            await Task.Delay(PollInterval);
        }

        return Stopwatch.GetElapsedTime(since);
    }

    /// <summary>With SIGKILL.</summary>
    public static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }

    /// <summary>By SIGTERM, and by force if that takes a minute.</summary>
    public async Task StopAsync(Process process)
    {
        _running.Remove(process);
        if (!process.HasExited)
        {
            var id = process.Id.ToString(CultureInfo.InvariantCulture);
            await RunAsync(FindTool("kill"), ["-TERM", id]);
            using var late = new CancellationTokenSource(StopWithin);
            await process.WaitForExitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_running).ToList())
        {
            await StopAsync(process);
        }

        foreach (var line in (await File.ReadAllLinesAsync("/proc/self/mounts")).Reverse())
        {
            var mount = line.Split(' ')[1];
            if (_directories.Exists(directory => mount.StartsWith(directory + "/", StringComparison.Ordinal)))
            {
                await RunAsync(FindTool("umount"), ["--lazy", mount]);
            }
        }

        foreach (var directory in _directories)
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Also takes off what is mounted below it.</summary>
    private void DeleteAtEnd(string directory) => _directories.Add(directory);

    private string LogOf(string name) => Path.Combine(Directory, $"{name}.log");
}

/// <summary>The programs as they were built with this one, beside it in the artifacts, in the same configuration.</summary>
internal static class Programs
{
    public static string Embedded { get; } = Find("Orchestrator.Embedded", "orchestrator");

    public static string Gateway { get; } = Find("Orchestrator.Gateway", "Orchestrator.Gateway");

    public static string Sample { get; } = Find("Orchestrator.Samples", "sample");

    public static string Orc { get; } = Find("Orchestrator.Cli", "orc");

    /// <summary>The checkout that this was built from.</summary>
    public static string Repository { get; } = FindRepository();

    private static string FindRepository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Orchestrator.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidDataException($"There is no Orchestrator.sln above {AppContext.BaseDirectory}.");
    }

    private static string Find(string project, string program)
    {
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.GetFullPath(Path.Combine(own, "..", "..", project, Path.GetFileName(own), program));
    }
}
