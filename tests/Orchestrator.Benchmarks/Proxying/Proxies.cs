using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Orchestrator.Benchmarks.Deploying;
using Orchestrator.Contracts.Bus;
using Orchestrator.Messaging;

namespace Orchestrator.Benchmarks.Proxying;

/// <summary>
/// A hundred small servers, and three proxies before them that do the same: find the service by path, take its prefix away,
/// tell it who asked, and keep connections to it. All of them run at once, and one at a time is asked.
/// </summary>
internal sealed class Proxies
{
    public const int MaxServices = 100;

    private const string Body = "hello, world of services: about sixty bytes of an answer, no more";

    private static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(1);

    private readonly BenchSite _site;
    private readonly int[] _backends;

    private Proxies(BenchSite site, int[] ports)
    {
        _site = site;
        (Nginx, Haproxy, Gateway) = (ports[0], ports[1], ports[2]);
        _backends = ports[3..];
    }

    public int Nginx { get; }

    public int Haproxy { get; }

    public int Gateway { get; }

    private IEnumerable<(int Number, int Port)> Services => _backends.Select((port, number) => (number, port));

    public static async Task<Proxies> StartAsync(BenchSite site)
    {
        var proxies = new Proxies(site, FreePorts(3 + MaxServices));
        await proxies.StartNginxAsync("backends", proxies.BackendServers());
        await proxies.StartNginxAsync("nginx", proxies.NginxServer());
        await proxies.StartHaproxyAsync();
        await proxies.StartGatewayAsync();
        foreach (
            var (name, port) in new[]
            {
                ("nginx", proxies.Nginx),
                ("haproxy", proxies.Haproxy),
                ("gateway", proxies.Gateway),
            }
        )
        {
            await AnswersAsync(site, name, port);
        }

        return proxies;
    }

    private async Task StartNginxAsync(string name, string http)
    {
        var directory = System.IO.Directory.CreateDirectory(Path.Combine(_site.Directory, name)).FullName;
        var path = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(
            path,
            $$"""
            daemon off;
            worker_processes {{(name == "nginx" ? "auto" : "1")}};
            worker_rlimit_nofile 20000;
            pid {{directory}}/pid;
            error_log {{directory}}/error.log;
            events { worker_connections 8192; }
            http {
              access_log off;
              keepalive_requests 1000000000;
              client_body_temp_path {{directory}}/body;
              proxy_temp_path {{directory}}/proxy;
              fastcgi_temp_path {{directory}}/fastcgi;
              uwsgi_temp_path {{directory}}/uwsgi;
              scgi_temp_path {{directory}}/scgi;
              {{http}}
            }
            """
        );
        _site.Start(name, BenchSite.FindTool("nginx"), "-c", path);
    }

    private string BackendServers() =>
        Lines(service => $$"""server { listen 127.0.0.1:{{service.Port}}; location / { return 200 "{{Body}}"; } }""");

    private string NginxServer() =>
        $$"""
            {{Lines(service =>
                $"upstream s{service.Number} {{ server 127.0.0.1:{service.Port}; keepalive 64; keepalive_requests 1000000000; }}"
            )}}
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Host $host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Request-Id $request_id;
            server {
              listen 127.0.0.1:{{Nginx}} reuseport;
              {{Lines(service => $"location /prod/s{service.Number}/ {{ proxy_pass http://s{service.Number}/; }}")}}
            }
            """;

    private async Task StartHaproxyAsync()
    {
        var path = Path.Combine(_site.Directory, "haproxy.cfg");
        var backends = Lines(service =>
            $"""
                backend s{service.Number}
                  http-request replace-path /prod/s{service.Number}/(.*) /\1
                  server a 127.0.0.1:{service.Port}
                """
        );
        await File.WriteAllTextAsync(
            path,
            $"""
            global
              maxconn 4000
            defaults
              mode http
              option forwardfor
              http-reuse always
              timeout connect 2s
              timeout client 100s
              timeout server 100s
            frontend callers
              bind 127.0.0.1:{Haproxy}
              unique-id-format %[rand,hex]%[rand,hex]
              unique-id-header X-Request-Id
              http-request set-header X-Forwarded-Host %[req.hdr(host)]
              http-request set-header X-Forwarded-Proto http
              use_backend %[path,field(3,/)]
            {backends}

            """
        );
        _site.Start("haproxy", BenchSite.FindTool("haproxy"), "-f", path);
    }

    /// <summary>The program as it is deployed. It serves the table that it finds on its disk; there is no broker.</summary>
    private async Task StartGatewayAsync()
    {
        var directory = System.IO.Directory.CreateDirectory(Path.Combine(_site.Directory, "gateway")).FullName;
        var table = new RouteTable
        {
            Epoch = 1,
            Revision = 1,
            Routes =
            [
                .. Services.Select(service => new ServiceRoute
                {
                    Service = $"s{service.Number}",
                    Stage = "prod",
                    Versions =
                    [
                        new VersionRoute(
                            "1.0.0",
                            100,
                            [new RouteEndpoint($"i{service.Number}", $"127.0.0.1:{service.Port}")]
                        ),
                    ],
                }),
            ],
        };
        await File.WriteAllTextAsync(
            Path.Combine(directory, "route-table.json"),
            JsonSerializer.Serialize(table, BusJson.Options)
        );
        _site.Start(
            "gateway",
            Programs.Gateway,
            "--Gateway:Url",
            $"http://127.0.0.1:{Gateway}",
            "--Gateway:DataDirectory",
            directory,
            // Nobody listens there.
            "--RabbitMq:Port",
            "1"
        );
    }

    private static async Task AnswersAsync(BenchSite site, string name, int port)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await BenchSite.UntilAsync(
            $"{name} answers: {site.ReadLog(name)}",
            Stopwatch.GetTimestamp(),
            StartWithin,
            async () =>
            {
                try
                {
                    return await http.GetStringAsync(new Uri("/prod/s99/x", UriKind.Relative)) == Body;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            }
        );
    }

    private string Lines(Func<(int Number, int Port), string> line) => string.Join('\n', Services.Select(line));

    /// <summary>All of them open at once, so that they differ.</summary>
    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, port: 0)).ToList();
        try
        {
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
