using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;

namespace Orchestrator.Benchmarks;

/// <summary>A machine of a trace.</summary>
/// <param name="Gpus">Whole devices.</param>
internal sealed record TraceHost(string Name, int CpuMillicores, int MemoryMebibytes, int Gpus, string Model);

/// <summary>What asked for room in a trace.</summary>
/// <param name="Gpus">How many devices; 0 for none.</param>
/// <param name="GpuThousandths">Of each device: 1000, or less for a share of one.</param>
/// <param name="Models">Which models it may have; empty for any.</param>
/// <param name="From">Seconds since the trace began.</param>
internal sealed record TracePod(
    string Name,
    int CpuMillicores,
    int MemoryMebibytes,
    int Gpus,
    int GpuThousandths,
    ImmutableArray<string> Models,
    long From,
    long Until
);

/// <summary>
/// Alibaba's cluster-trace-gpu-v2023 in its two files, <c>openb_node_list_all_node.csv</c> and
/// <c>openb_pod_list_default.csv</c>.
/// </summary>
internal sealed record Trace(ImmutableArray<TraceHost> Hosts, ImmutableArray<TracePod> Pods)
{
    private const string HostFile = "openb_node_list_all_node.csv";
    private const string PodFile = "openb_pod_list_default.csv";

    /// <exception cref="InvalidDataException">A file or a line is not what it should be; the message says where.</exception>
    public static Trace Read(string directory) =>
        new(
            Rows(
                directory,
                HostFile,
                "sn,cpu_milli,memory_mib,gpu,model",
                fields => new TraceHost(fields[0], Number(fields[1]), Number(fields[2]), Number(fields[3]), fields[4])
            ),
            Rows(
                directory,
                PodFile,
                "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time",
                PodOf
            )
        );

    private static TracePod PodOf(string[] fields)
    {
        var pod = new TracePod(
            fields[0],
            Number(fields[1]),
            Number(fields[2]),
            Number(fields[3]),
            Number(fields[4]),
            [.. fields[5].Split('|', StringSplitOptions.RemoveEmptyEntries)],
            Number(fields[8]),
            Number(fields[9])
        );
        var isWhole = pod.GpuThousandths == DeviceRequest.Whole;
        var isShare = pod is { Gpus: 1, GpuThousandths: > 0 and < DeviceRequest.Whole };
        return pod.Gpus == 0 || isWhole || isShare
            ? pod
            : throw new FormatException($"{pod.Gpus} devices with {pod.GpuThousandths} thousandths of each");
    }

    private static ImmutableArray<T> Rows<T>(string directory, string name, string header, Func<string[], T> parse)
    {
        var path = Path.Combine(directory, name);
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"There is no {path}: name the directory that has the trace's two files.");
        }

        var lines = File.ReadAllLines(path);
        if (lines.Length == 0 || lines[0] != header)
        {
            throw new InvalidDataException($"{path}:1: the columns should be {header}.");
        }

        return [.. lines.Skip(1).Select((line, index) => Parse(path, index + 2, line.Split(','), header, parse))];
    }

    private static T Parse<T>(string path, int line, string[] fields, string header, Func<string[], T> parse)
    {
        var columns = header.Count(character => character == ',') + 1;
        if (fields.Length != columns)
        {
            throw new InvalidDataException($"{path}:{line}: {fields.Length} fields, and there should be {columns}.");
        }

        try
        {
            return parse(fields);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new InvalidDataException($"{path}:{line}: {exception.Message}", exception);
        }
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
