using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Runtimes.Garden;
using Orchestrator.HostAgent.Runtimes.Rkt;

namespace Orchestrator.HostAgent;

/// <summary>One host: who it is, where it keeps its things and what share of the machine is its own.</summary>
public sealed class HostAgentOptions : IValidatableObject
{
    public const string Section = "Agent";

    private const string GardenName = "garden";
    private const string RktName = "rkt";

    /// <summary>The kernel's own highest bound unless somebody raised it.</summary>
    private const int MaxOpenFiles = 1_048_576;

    /// <summary>As a DNS label: it names queues, files and control groups.</summary>
    [Required]
    [RegularExpression("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
    public string HostId { get; set; } = "";

    [Required]
    [RegularExpression("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
    public string Cell { get; set; } = "default";

    /// <summary>Everything of this host lives below it, and nothing of any other host does.</summary>
    [Required]
    public string DataDirectory { get; set; } = "";

    /// <summary>
    /// <c>oci</c> (crun and conmon, needs root), <c>docker</c> (or Podman's service), <c>garden</c> (at
    /// <see cref="GardenUrl"/>), <c>rkt</c> (<see cref="RktPath"/>, needs root) or <c>process</c>.
    /// </summary>
    [Required]
    [RegularExpression("^(oci|docker|garden|rkt|process)$")]
    public string Runtime { get; set; } = "oci";

    /// <summary>Unix socket of the daemon of the runtime <c>docker</c>.</summary>
    [Required]
    public string DockerSocket { get; set; } = "/var/run/docker.sock";

    /// <summary>Where Garden listens: <c>unix:///path/of/socket</c> or <c>http://host:port</c>, on a network you trust.</summary>
    public string GardenUrl { get; set; } = "";

    /// <summary>
    /// What Garden runs containers on, as a URI: <c>{copy}</c> is a copy of the image for each container, <c>{image}</c>
    /// the image that they share, for a Garden that makes layers of its own over it (as that of 2015 does).
    /// </summary>
    [Required]
    [RegularExpression(@"^\S+$")]
    public string GardenRootfs { get; set; } = "raw://{copy}";

    /// <summary>
    /// Where those copies are made; empty: below the data directory, which only root can enter. Garden's containers have
    /// users of their own, so theirs should be a directory that everybody can enter.
    /// </summary>
    public string GardenDepot { get; set; } = "";

    /// <summary>The program of the runtime <c>rkt</c>: an absolute path, or a name that is looked up.</summary>
    [Required]
    public string RktPath { get; set; } = "rkt";

    /// <summary>What rkt makes pods with: the absolute path of an image, such as that of fly, or an image's name; empty: rkt's own choice.</summary>
    public string RktStage1 { get; set; } = "";

    /// <summary>Rkt's network; on any other than <c>host</c> instances with a port are refused.</summary>
    [Required]
    [RegularExpression("^[a-z0-9][a-z0-9-]*$")]
    public string RktNetwork { get; set; } = RktSettings.HostNetwork;

    /// <summary>How many files an instance of rkt may have open; 0: as many as the agent.</summary>
    [Range(0, MaxOpenFiles)]
    public int RktOpenFiles { get; set; }

    /// <summary>What instances may use; 0 is the whole machine less a reserve.</summary>
    [Range(0, int.MaxValue)]
    public int CpuMillicores { get; set; }

    /// <summary>What instances may use; 0 is the whole machine less a reserve.</summary>
    [Range(0, int.MaxValue)]
    public int MemoryMebibytes { get; set; }

    /// <summary>What instances may use; 0 is the file system that the data directory is on.</summary>
    [Range(0, int.MaxValue)]
    public int DiskMebibytes { get; set; }

    /// <summary>While less is free there, no image is fetched before an instance needs it.</summary>
    [Range(0, int.MaxValue)]
    public int PrefetchFloorMebibytes { get; set; } = 1_024;

    /// <summary>How long an image stays that nobody needs any more; 0: it goes at once. At most a year.</summary>
    [Range(0, 8_784)]
    public int ImageKeepHours { get; set; } = 24;

    /// <summary>When the disk of the images is fuller than that, those that nobody needs go earlier; 100: never.</summary>
    [Range(1, 100)]
    public int ImageHighPercent { get; set; } = 85;

    /// <summary>They go until the disk is no fuller than that.</summary>
    [Range(0, 100)]
    public int ImageLowPercent { get; set; } = 80;

    /// <summary>How many GPUs instances may use; -1 is as many as the machine has.</summary>
    [Range(-1, 16)]
    public int Gpus { get; set; } = -1;

    /// <summary>How many of whatever else is counted, by name, such as <c>licence.oracle</c>.</summary>
    /// <remarks>As text: binding to numbers drops what is none without a word.</remarks>
    public IDictionary<string, string> Resources { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public IDictionary<string, string> Labels { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Directories that are OCI image layouts or hold some.</summary>
    public IList<string> ImageSources { get; } = [];

    /// <summary>
    /// Where files of secrets are while their instances exist: on a tmpfs, so that no disk ever holds them. Empty: below /run
    /// where that is one, else below /dev/shm.
    /// </summary>
    public string SecretsDirectory { get; set; } = "";

    /// <summary>What of this machine instances may mount, each with all that is below it; empty: nothing.</summary>
    public IList<string> AllowedHostPaths { get; } = [];

    /// <summary>Base address that instances reach each other through; empty if there is no gateway.</summary>
    public string GatewayUrl { get; set; } = "";

    /// <summary>The address of this host as the gateway reaches it.</summary>
    [Required]
    public string AdvertiseAddress { get; set; } = "127.0.0.1";

    /// <summary>First of the ports that are handed out to instances.</summary>
    [Range(1, 65535)]
    public int PortRangeFrom { get; set; } = 20_000;

    /// <summary>Last of the ports that are handed out to instances.</summary>
    [Range(1, 65535)]
    public int PortRangeTo { get; set; } = 29_999;

    [Range(50, 60_000)]
    public int HeartbeatMilliseconds { get; set; } = 1_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PortRangeTo < PortRangeFrom)
        {
            yield return new ValidationResult("The last port is below the first.", [nameof(PortRangeTo)]);
        }

        if (ImageHighPercent < ImageLowPercent)
        {
            yield return new ValidationResult(
                $"Agent:ImageHighPercent is {ImageHighPercent}, below Agent:ImageLowPercent, which is {ImageLowPercent}.",
                [nameof(ImageHighPercent)]
            );
        }

        if (GatewayUrl.Length > 0 && !Uri.TryCreate(GatewayUrl, UriKind.Absolute, out _))
        {
            yield return new ValidationResult("The gateway's URL must be absolute.", [nameof(GatewayUrl)]);
        }

        foreach (var failure in ValidatePlaces().Concat(ValidateRkt()).Concat(CountedResources.Validate(Resources)))
        {
            yield return failure;
        }
    }

    /// <summary><see cref="Resources"/>, once they are known to be valid.</summary>
    public SortedDictionary<string, int> ToCounts() =>
        new(
            Resources.ToDictionary(
                count => count.Key,
                count => int.Parse(count.Value, NumberStyles.None, CultureInfo.InvariantCulture),
                StringComparer.Ordinal
            ),
            StringComparer.Ordinal
        );

    /// <summary>Once they are known to be valid.</summary>
    internal GardenSettings ToGarden() =>
        GardenAddress.TryParse(GardenUrl, out var address)
            ? new GardenSettings(address, GardenRootfs, GardenDepot)
            : throw new UnreachableException("Validated at the start.");

    internal ImageKeeping ToImageKeeping() =>
        new(TimeSpan.FromHours(ImageKeepHours), ImageHighPercent, ImageLowPercent);

    internal RktSettings ToRkt() =>
        new()
        {
            Program = RktPath,
            Stage1 = RktStage1,
            Network = RktNetwork,
            OpenFiles = RktOpenFiles,
        };

    /// <summary>Where things are on this machine.</summary>
    private IEnumerable<ValidationResult> ValidatePlaces()
    {
        if (!Path.IsPathFullyQualified(DataDirectory))
        {
            yield return new ValidationResult("The data directory must be absolute.", [nameof(DataDirectory)]);
        }

        if (SecretsDirectory.Length > 0 && !Path.IsPathFullyQualified(SecretsDirectory))
        {
            yield return new ValidationResult("The secrets' directory must be absolute.", [nameof(SecretsDirectory)]);
        }

        if (!Path.IsPathFullyQualified(DockerSocket))
        {
            yield return new ValidationResult("The Docker socket's path must be absolute.", [nameof(DockerSocket)]);
        }

        // The options of an overlay mount are separated by these, and k8s-file:PATH by the colon.
        if (DataDirectory.AsSpan().ContainsAny(":,\\\n"))
        {
            yield return new ValidationResult(
                "The data directory must not contain a colon, comma, backslash or line break.",
                [nameof(DataDirectory)]
            );
        }

        if (Runtime == GardenName && !GardenAddress.TryParse(GardenUrl, out _))
        {
            yield return new ValidationResult(
                $"Agent:GardenUrl is '{GardenUrl}'; it must say where Garden listens: unix:///path/of/socket or http://host:port.",
                [nameof(GardenUrl)]
            );
        }

        foreach (var path in AllowedHostPaths.Where(path => !Path.IsPathFullyQualified(path)))
        {
            yield return new ValidationResult(
                $"Agent:AllowedHostPaths has '{path}', which is not absolute.",
                [nameof(AllowedHostPaths)]
            );
        }

        if (GardenDepot.Length > 0 && !Path.IsPathFullyQualified(GardenDepot))
        {
            yield return new ValidationResult("Garden's depot must be absolute.", [nameof(GardenDepot)]);
        }
    }

    private IEnumerable<ValidationResult> ValidateRkt()
    {
        if (Runtime != RktName)
        {
            yield break;
        }

        if (RktPath.Contains('/', StringComparison.Ordinal) && !Path.IsPathFullyQualified(RktPath))
        {
            yield return new ValidationResult(
                $"Agent:RktPath is '{RktPath}'; it must be an absolute path, or a name without slashes.",
                [nameof(RktPath)]
            );
        }

        // An image's name has slashes too, but no dot or slash before them; what is neither is a path by mistake.
        if (RktStage1.Length > 0 && !Path.IsPathFullyQualified(RktStage1) && !IsImageName(RktStage1))
        {
            yield return new ValidationResult(
                $"Agent:RktStage1 is '{RktStage1}'; it must be the absolute path of an image, or an image's name such as coreos.com/rkt/stage1-fly:1.30.0.",
                [nameof(RktStage1)]
            );
        }
    }

    /// <summary>As appc names images, with a version behind a colon; and no file, which would be taken for one.</summary>
    private static bool IsImageName(string text) =>
        AciNames.IsIdentifier(text.Split(':')[0]) && !text.EndsWith(".aci", StringComparison.Ordinal);
}

[OptionsValidator]
internal sealed partial class HostAgentOptionsValidator : IValidateOptions<HostAgentOptions>;
