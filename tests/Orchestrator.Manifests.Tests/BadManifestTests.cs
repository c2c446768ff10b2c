namespace Orchestrator.Manifests.Tests;

public sealed class BadManifestTests
{
    [Fact]
    public void A_version_without_its_patch_keeps_its_zero_and_is_refused()
    {
        var error = Manifests.Error(Manifests.Version.With("1.2.0", "1.10"));

        Assert.Equal(("a.yaml", 5, 12), (error.File, error.Line, error.Column));
        Assert.Equal(("metadata.version", "invalid_version"), (error.Path, error.Code));
        Assert.Contains("'1.10'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'1.10.0'", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx:1.27", "image_not_by_digest", "nginx@sha256:")]
    [InlineData("nginx", "image_not_by_digest", "nginx@sha256:")]
    [InlineData("registry:5000/a/b:latest", "image_not_by_digest", "'registry:5000/a/b@sha256:'")]
    [InlineData("nginx@sha256:abc", "invalid_image", "64")]
    [InlineData(
        "NGINX@sha256:4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f",
        "invalid_image",
        "lower case"
    )]
    [InlineData(
        "../a@sha256:4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f",
        "invalid_image",
        "name@sha256"
    )]
    public void An_image_that_is_not_by_digest_is_refused(string image, string code, string hint)
    {
        var error = Manifests.Error(Manifests.Service.With(Manifests.Image, image));

        Assert.Equal((8, 12, "spec.template.image"), (error.Line, error.Column, error.Path));
        Assert.Equal(code, error.Code);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://git.example/shop/checkout", "https://ci:secret@git.example/shop", "repository", 11)]
    [InlineData("https://git.example/shop/checkout", "checkout", "repository", 11)]
    [InlineData("2c26b46b68ffc68ff99b453c1d30413413422d70", "2c26b46", "commit", 12)]
    [InlineData("2c26b46b68ffc68ff99b453c1d30413413422d70", "2C26B46B68FFC68FF99B453C1D30413413422D70", "commit", 12)]
    public void What_a_version_was_made_from_is_a_repository_without_a_password_and_a_whole_commit(
        string good,
        string bad,
        string field,
        int line
    )
    {
        var error = Manifests.Error(Manifests.Version.With(good, bad));

        Assert.Equal((line, $"spec.provenance.{field}", "invalid_provenance"), (error.Line, error.Path, error.Code));
        Assert.DoesNotContain("secret", error.Message + error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_commit_of_no_repository_is_refused()
    {
        var error = Manifests.Error(Manifests.Version.With("    repository: https://git.example/shop/checkout\n", ""));

        Assert.Equal(("spec.provenance.repository", "missing_field"), (error.Path, error.Code));
    }

    [Theory]
    [InlineData("../etc", "path")]
    [InlineData("a/b", "path")]
    [InlineData("..", "path")]
    [InlineData("Checkout", "Try 'checkout'")]
    [InlineData("check_out", "Try 'check-out'")]
    [InlineData("1st", "begin with a letter")]
    [InlineData("checkout-", "Try 'checkout'")]
    [InlineData("\"\"", "empty")]
    [InlineData("a123456789b123456789c123456789d123456789e123456789f123456789g123", "longer")]
    [InlineData("\"checkout\\n\"", "letters")]
    [InlineData("ünder", "letters")]
    public void A_name_that_is_none_is_refused_with_the_rule(string name, string says)
    {
        var error = Manifests.Error(Manifests.Pool.With("name: europe", $"name: {name}"));

        Assert.Equal((4, 9, "metadata.name"), (error.Line, error.Column, error.Path));
        Assert.Equal("invalid_name", error.Code);
        Assert.Contains(says, error.Message + error.Hint, StringComparison.Ordinal);
        Assert.Contains("lower-case letters, digits and hyphens", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "comand: [/app/checkout, --fast]",
        "command: [/app/checkout, --fast]",
        "spec.template.comand",
        "Did you mean 'command'?"
    )]
    [InlineData("stop_grace: 20s", "stopGrace: 20s", "spec.template.stop_grace", "Did you mean 'stopGrace'?")]
    [InlineData(
        "replicas: 3",
        "stopGrace: 20s",
        "spec.template.replicas",
        "Known here: command, env, files, health, image, init, liveness, placement, port, preStop, resources, secrets, stopGrace, stopSignal, ulimits, volumes."
    )]
    public void An_unknown_field_is_refused_with_what_may_be_meant(string bad, string good, string path, string hint)
    {
        var text = Manifests.Service.With(good, bad);
        var line = text.Split('\n').ToList().FindIndex(row => row.Contains(bad, StringComparison.Ordinal)) + 1;

        var error = Manifests.Error(text);

        Assert.Equal((line, 5, path), (error.Line, error.Column, error.Path));
        Assert.Equal(("unknown_field", hint), (error.Code, error.Hint));
    }

    [Theory]
    [InlineData("constraints: [{label: disk}]", "constraint_unclear", "constraints[0]")]
    [InlineData("constraints: [{label: disk, in: [ssd], above: 5}]", "constraint_unclear", "constraints[0]")]
    [InlineData(
        "constraints: [{label: kernel, from: '7', before: '6.1'}]",
        "constraint_impossible",
        "constraints[0].before"
    )]
    [InlineData("constraints: [{label: kernel, from: newest}]", "invalid_version", "constraints[0].from")]
    [InlineData("constraints: [{label: disk, in: []}]", "too_few", "constraints[0].in")]
    [InlineData("constraints: [{label: disk is, in: [ssd]}]", "invalid_format", "constraints[0].label")]
    [InlineData("constraints: [{label: disk, in: ['a, b']}]", "invalid_format", "constraints[0].in[0]")]
    [InlineData("constraints: [{label: disk, like: ssd}]", "unknown_field", "constraints[0].like")]
    [InlineData("affinities: [{label: disk, in: [ssd], weight: 0}]", "weight_zero", "affinities[0].weight")]
    [InlineData("affinities: [{label: disk, in: [ssd]}]", "missing_field", "affinities[0].weight")]
    [InlineData("affinities: [{label: disk, in: [ssd], weight: 101}]", "out_of_range", "affinities[0].weight")]
    [InlineData("spread: [{label: rack, targets: {a: 70, b: 40}}]", "targets_not_whole", "spread[0].targets")]
    [InlineData("spread: [{label: rack}, {label: rack}]", "duplicate_spread", "spread[1].label")]
    [InlineData("spread: [{label: rack, maxSkew: 0}]", "out_of_range", "spread[0].maxSkew")]
    [InlineData("near: [{service: cart}]", "neighbour_unclear", "near[0]")]
    [InlineData("near: [{service: cart, required: false}]", "neighbour_unclear", "near[0]")]
    [InlineData("apart: [{service: cart, required: true, weight: 5}]", "neighbour_unclear", "apart[0]")]
    [InlineData("near: [{service: cart, weight: 0}]", "out_of_range", "near[0].weight")]
    [InlineData("near: [{required: true}]", "missing_field", "near[0].service")]
    [InlineData("near: [{service: Cart, required: true}]", "invalid_name", "near[0].service")]
    [InlineData("near: [{service: cart, stage: No way, required: true}]", "invalid_name", "near[0].stage")]
    [InlineData("near: [{service: cart, label: my rack, weight: 1}]", "invalid_format", "near[0].label")]
    [InlineData("apart: [{service: c, weight: 1}, {service: c, weight: 2}]", "duplicate_neighbour", "apart[1].service")]
    [InlineData(
        "near: [{service: cart, required: true}], apart: [{service: cart, label: host, required: true}]",
        "neighbours_contradict",
        "apart[0]"
    )]
    [InlineData("maxPerHost: 0", "out_of_range", "maxPerHost")]
    [InlineData("maxPerHost: -9999999999", "out_of_range", "maxPerHost")]
    public void A_placement_that_cannot_be_meant_is_refused_in_its_place(string placement, string code, string path)
    {
        var errors = Manifests.Errors($"{Manifests.SmallService}\n    placement: {{{placement}}}");

        var error = Assert.Single(errors, one => one.Code == code);
        Assert.Equal($"spec.template.placement.{path}", error.Path);
        Assert.NotEmpty(error.Hint);
    }

    [Theory]
    [InlineData("stopSignal: SIGKILL", "not_one_of", "stopSignal")]
    [InlineData("stopSignal: QUIT", "not_one_of", "stopSignal")]
    [InlineData("preStop: 11m", "out_of_range", "preStop")]
    [InlineData("preStop: 5", "invalid_duration", "preStop")]
    [InlineData("ulimits: 1024", "wrong_type", "ulimits")]
    [InlineData("ulimits: {files: {soft: 1, hard: 1}}", "invalid_key", "ulimits.files")]
    [InlineData("ulimits: {nofile: {soft: 1}}", "missing_field", "ulimits.nofile.hard")]
    [InlineData("ulimits: {nofile: {soft: 2, hard: 1}}", "soft_above_hard", "ulimits.nofile.soft")]
    [InlineData("ulimits: {nofile: {soft: unlimited, hard: 1}}", "soft_above_hard", "ulimits.nofile.soft")]
    [InlineData("ulimits: {nofile: {soft: -1, hard: 1}}", "invalid_limit", "ulimits.nofile.soft")]
    [InlineData("ulimits: {nofile: {soft: 1Mi, hard: 1}}", "invalid_limit", "ulimits.nofile.soft")]
    [InlineData("init: maybe", "wrong_type", "init")]
    [InlineData("files: [{path: etc/a, content: a}]", "invalid_path", "files[0].path")]
    [InlineData("files: [{path: /etc/../a, content: a}]", "invalid_path", "files[0].path")]
    [InlineData("files: [{path: /proc/a, content: a}]", "invalid_path", "files[0].path")]
    [InlineData("files: [{path: /etc/a}]", "missing_field", "files[0].content")]
    [InlineData("files: [{path: /etc/a, content: a, mode: 4755}]", "invalid_mode", "files[0].mode")]
    [InlineData("files: [{path: /etc/a, content: a, mode: 0o644}]", "invalid_mode", "files[0].mode")]
    [InlineData("files: [{path: /a, content: a}, {path: /a, content: b}]", "duplicate_mount", "files[1].path")]
    [InlineData("volumes: [{path: /a, name: a}, {path: /a, tmpfs: 1Mi}]", "duplicate_mount", "volumes[1].path")]
    [InlineData("secrets: [{name: a}]", "secret_unclear", "secrets[0]")]
    [InlineData("secrets: [{name: a, env: A, path: /a}]", "secret_unclear", "secrets[0]")]
    [InlineData("secrets: [{name: A, env: A}]", "invalid_name", "secrets[0].name")]
    [InlineData("secrets: [{name: a, env: 1A}]", "invalid_format", "secrets[0].env")]
    [InlineData("secrets: [{name: a, env: ORC_HOST}]", "reserved_variable", "secrets[0].env")]
    [InlineData("secrets: [{name: a, path: /dev/a}]", "invalid_path", "secrets[0].path")]
    [InlineData("secrets: [{name: a, env: A}, {name: b, env: A}]", "duplicate_variable", "secrets[1].env")]
    [InlineData("secrets: [{name: a, path: /a}, {name: b, path: /a}]", "duplicate_mount", "secrets[1].path")]
    [InlineData("secrets: [{name: a, env: A, value: hunter2}]", "unknown_field", "secrets[0].value")]
    [InlineData("volumes: [{path: /a}]", "volume_unclear", "volumes[0]")]
    [InlineData("volumes: [{path: /a, name: a, tmpfs: 1Mi}]", "volume_unclear", "volumes[0]")]
    [InlineData("volumes: [{path: /a, name: ../a}]", "invalid_format", "volumes[0].name")]
    [InlineData("volumes: [{path: /a, hostPath: /etc/..}]", "invalid_path", "volumes[0].hostPath")]
    [InlineData("volumes: [{path: '/a,b', tmpfs: 1Mi}]", "invalid_path", "volumes[0].path")]
    [InlineData("volumes: [{path: /a, tmpfs: 1M}]", "invalid_memory", "volumes[0].tmpfs")]
    public void A_container_that_cannot_be_meant_is_refused_in_its_place(string field, string code, string path)
    {
        var error = Manifests.Error($"{Manifests.SmallService}\n    {field}");

        Assert.Equal((code, $"spec.template.{path}"), (error.Code, error.Path));
    }

    [Theory]
    [InlineData(64, 1)]
    [InlineData(0, 65)]
    [InlineData(0, 5_000)]
    [InlineData(32, 33)]
    public void More_mounts_than_a_host_makes_are_refused(int files, int volumes)
    {
        var text =
            Manifests.SmallService
            + $"\n    files: [{string.Join(", ", Enumerable.Range(0, files).Select(n => $"{{path: /f{n}, content: a}}"))}]"
            + $"\n    volumes: [{string.Join(", ", Enumerable.Range(0, volumes).Select(n => $"{{path: /v{n}, name: v{n}}}"))}]";

        var codes = Manifests.Errors(text).Select(error => error.Code).ToList();

        Assert.Contains("too_many_mounts", codes);
        Assert.All(codes, code => Assert.StartsWith("too_many", code, StringComparison.Ordinal));
    }

    [Fact]
    public void Ten_thousand_mounts_are_more_than_a_file_may_hold_of_anything()
    {
        var volumes = string.Join(", ", Enumerable.Range(0, 10_000).Select(n => $"{{path: /v{n}, name: v{n}}}"));

        Assert.Equal("too_many_nodes", Manifests.Error($"{Manifests.SmallService}\n    volumes: [{volumes}]").Code);
    }

    [Fact]
    public void Files_are_settings_and_no_more_than_64_KiB_together()
    {
        var file = new string('x', 16 * 1024);
        string Of(int count) =>
            $"{Manifests.SmallService}\n    files: [{string.Join(", ", Enumerable.Range(0, count).Select(n => $"{{path: /f{n}, content: {file}}}"))}]";

        Assert.Empty(Manifests.Errors(Of(4)));
        Assert.Equal("files_too_large", Manifests.Error(Of(5)).Code);
        Assert.Equal("too_long", Manifests.Error(Of(1).With(file, file + "x")).Code);
    }

    [Theory]
    [InlineData("-1", "out_of_range")]
    [InlineData("1001", "out_of_range")]
    [InlineData("99999999999", "out_of_range")]
    [InlineData("high", "wrong_type")]
    public void A_priority_that_is_none_is_refused(string priority, string code) =>
        Assert.Equal(
            "spec.priority",
            Assert
                .Single(Manifests.Errors($"{Manifests.SmallService}\n  priority: {priority}"), one => one.Code == code)
                .Path
        );

    [Theory]
    [InlineData("instances: -1", "out_of_range", "spec.quota.instances")]
    [InlineData("instances: 10000001", "out_of_range", "spec.quota.instances")]
    [InlineData("instances: 1.5", "wrong_type", "spec.quota.instances")]
    [InlineData("instances: many", "wrong_type", "spec.quota.instances")]
    [InlineData("cpu: 0", "out_of_range", "spec.quota.cpu")]
    [InlineData("cpu: 1000001", "out_of_range", "spec.quota.cpu")]
    [InlineData("cpu: lots", "invalid_cpu", "spec.quota.cpu")]
    [InlineData("memory: 16385Ti", "out_of_range", "spec.quota.memory")]
    [InlineData("memory: 999999999Ti", "out_of_range", "spec.quota.memory")]
    [InlineData("memory: 12", "invalid_memory", "spec.quota.memory")]
    [InlineData("disk: 1GB", "invalid_disk", "spec.quota.disk")]
    [InlineData("gpu: 2", "unknown_field", "spec.quota.gpu")]
    public void A_quota_that_cannot_be_meant_is_refused_in_its_place(string field, string code, string path)
    {
        var text = Manifests.Team[..Manifests.Team.IndexOf("quota", StringComparison.Ordinal)];

        var error = Assert.Single(Manifests.Errors($"{text}quota: {{{field}}}"));

        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.NotEmpty(error.Hint);
    }

    [Theory]
    [InlineData("kind: Pool", "kind: pool", "unknown_kind", "kind", 2, 7, "Did you mean 'Pool'?")]
    [InlineData("kind: Pool", "kind: Deployment", "unknown_kind", "kind", 2, 7, "Line, Pool, Service, Team, Version")]
    [InlineData("kind: Pool", "kind: [Pool]", "unknown_kind", "kind", 2, 7, "One of")]
    [InlineData("kind: Pool\n", "", "missing_field", "kind", 1, 1, "One of")]
    [InlineData("orchestrator/v1", "orchestrator/v2", "not_one_of", "apiVersion", 1, 13, "orchestrator/v1")]
    [InlineData("apiVersion: orchestrator/v1\n", "", "missing_field", "apiVersion", 1, 1, "version of this format")]
    [InlineData("  name: europe", "  {}", "missing_field", "metadata.name", 3, 1, "pool's name")]
    [InlineData("name: europe", "name:", "missing_value", "metadata.name", 4, 8, "quote it")]
    [InlineData("name: europe", "name: null", "missing_value", "metadata.name", 4, 9, "quote it")]
    [InlineData("name: europe", "name: [europe]", "wrong_type", "metadata.name", 4, 9, "Write text")]
    [InlineData(
        "placement: binpack",
        "placement: binpak",
        "not_one_of",
        "spec.placement",
        7,
        14,
        "Did you mean 'binpack'?"
    )]
    [InlineData("placement: binpack", "placement: 1", "not_one_of", "spec.placement", 7, 14, "'spread' or 'binpack'")]
    [InlineData("region: eu", "\"re gion\": eu", "invalid_key", "spec.selector['re gion']", 6, 14, "match")]
    [InlineData("region: eu", "region: {}", "wrong_type", "spec.selector.region", 6, 22, "text")]
    [InlineData("region: eu", "region:", "missing_value", "spec.selector.region", 6, 21, "quote")]
    public void What_a_schema_refuses_is_told_in_its_place(
        string good,
        string bad,
        string code,
        string path,
        int line,
        int column,
        string hint
    )
    {
        var error = Manifests.Error(Manifests.Pool.With(good, bad));

        Assert.Equal((code, path, line, column), (error.Code, error.Path, error.Line, error.Column));
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu: 100m", "cpu: 0", "out_of_range", "spec.template.resources.requests.cpu")]
    [InlineData("cpu: 100m", "cpu: 0.0001", "invalid_cpu", "spec.template.resources.requests.cpu")]
    [InlineData("cpu: 100m", "cpu: -1", "invalid_cpu", "spec.template.resources.requests.cpu")]
    [InlineData("cpu: 100m", "cpu: 1001", "out_of_range", "spec.template.resources.requests.cpu")]
    [InlineData("cpu: 100m", "cpu: true", "invalid_cpu", "spec.template.resources.requests.cpu")]
    [InlineData("cpu: 100m", "cpu: []", "wrong_type", "spec.template.resources.requests.cpu")]
    [InlineData("cpu: 100m", "cpu: 501m", "limit_below_request", "spec.template.resources.limits.cpu")]
    [InlineData("memory: 64Mi", "memory: 64M", "invalid_memory", "spec.template.resources.requests.memory")]
    [InlineData("memory: 64Mi", "memory: 64", "invalid_memory", "spec.template.resources.requests.memory")]
    [InlineData("memory: 64Mi", "memory: 17Ti", "out_of_range", "spec.template.resources.requests.memory")]
    [InlineData("memory: 64Mi", "memory: 64Mi, disk: 1G", "invalid_disk", "spec.template.resources.requests.disk")]
    [InlineData("memory: 64Mi", "memory: 64Mi, disk: 0Mi", "out_of_range", "spec.template.resources.requests.disk")]
    [InlineData(
        "resources:",
        "resources:\n      hostPorts: [80, 81, 80]",
        "duplicate_port",
        "spec.template.resources.hostPorts[2]"
    )]
    [InlineData(
        "resources:",
        "resources:\n      hostPorts: [65536]",
        "out_of_range",
        "spec.template.resources.hostPorts[0]"
    )]
    [InlineData(
        "resources:",
        "resources:\n      devices: [{class: gpu}]",
        "device_unclear",
        "spec.template.resources.devices[0]"
    )]
    [InlineData(
        "resources:",
        "resources:\n      devices: [{class: gpu, count: 1, share: 500}]",
        "device_unclear",
        "spec.template.resources.devices[0]"
    )]
    [InlineData(
        "resources:",
        "resources:\n      devices: [{class: gpu, count: 1}, {class: gpu, share: 500}]",
        "duplicate_device",
        "spec.template.resources.devices[1].class"
    )]
    [InlineData(
        "resources:",
        "resources:\n      devices: [{class: gpu, count: 17}]",
        "out_of_range",
        "spec.template.resources.devices[0].count"
    )]
    [InlineData(
        "resources:",
        "resources:\n      custom: {licence.oracle: 0}",
        "out_of_range",
        "spec.template.resources.custom['licence.oracle']"
    )]
    [InlineData("memory: 64Mi", "memory: 2Gi", "limit_below_request", "spec.template.resources.limits.memory")]
    [InlineData(
        "requests: {cpu: 100m, memory: 64Mi}",
        "requests: {memory: 64Mi}",
        "missing_field",
        "spec.template.resources.requests.cpu"
    )]
    [InlineData("port: 8080", "port: 0", "out_of_range", "spec.template.port")]
    [InlineData("port: 8080", "port: 65536", "out_of_range", "spec.template.port")]
    [InlineData("port: 8080", "port: 1.5", "wrong_type", "spec.template.port")]
    [InlineData("port: 8080", "port: \"8080\"", "wrong_type", "spec.template.port")]
    [InlineData("port: 8080", "port: 99999999999999999999", "wrong_type", "spec.template.port")]
    [InlineData("port: 8080", "port: .nan", "wrong_type", "spec.template.port")]
    [InlineData("    port: 8080\n", "", "health_without_port", "spec.template.health")]
    [InlineData("      path: /healthz\n", "", "health_question", "spec.template.health")]
    [InlineData("path: /healthz", "tcp: true\n      grpc: shop.Cart", "health_question", "spec.template.health")]
    [InlineData("path: /healthz", "tcp: false", "health_question", "spec.template.health")]
    [InlineData("path: /healthz", "exec: []", "too_few", "spec.template.health.exec")]
    [InlineData("path: /healthz", "grpc: a b", "invalid_format", "spec.template.health.grpc")]
    [InlineData("stopGrace: 20s", "liveness: {interval: 5s}", "health_question", "spec.template.liveness")]
    [InlineData(
        "stopGrace: 20s",
        "liveness: {path: /livez, startup: 5s}",
        "unknown_field",
        "spec.template.liveness.startup"
    )]
    [InlineData(
        "    port: 8080\n    health:\n      path: /healthz",
        "    liveness:\n      tcp: true\n    health:\n      exec: [/bin/check]",
        "health_without_port",
        "spec.template.liveness"
    )]
    [InlineData("path: /healthz", "path: healthz", "invalid_format", "spec.template.health.path")]
    [InlineData("interval: 500ms", "interval: 0.5s", "invalid_duration", "spec.template.health.interval")]
    [InlineData("interval: 500ms", "interval: 500", "invalid_duration", "spec.template.health.interval")]
    [InlineData("interval: 500ms", "interval: 1ms", "out_of_range", "spec.template.health.interval")]
    [InlineData("stopGrace: 20s", "stopGrace: 9999999999h", "invalid_duration", "spec.template.stopGrace")]
    [InlineData("stopGrace: 20s", "stopGrace: 999999999h", "out_of_range", "spec.template.stopGrace")]
    [InlineData("RPS: 2", "PORT: 2", "reserved_variable", "spec.template.env.PORT")]
    [InlineData("RPS: 2", "ORC_HOST: 2", "reserved_variable", "spec.template.env.ORC_HOST")]
    [InlineData("RPS: 2", "R-PS: 2", "invalid_key", "spec.template.env.R-PS")]
    [InlineData("RPS: 2", "RPS:", "missing_value", "spec.template.env.RPS")]
    [InlineData("RPS: 2", "RPS: \"\\0\"", "not_text", "spec.template.env.RPS")]
    [InlineData("service: cart", "service: checkout", "self_dependency", "spec.dependencies[0].service")]
    [InlineData(
        "    - service: cart\n",
        "    - {service: cart, range: '*'}\n    - service: cart\n",
        "duplicate_dependency",
        "spec.dependencies[1].service"
    )]
    [InlineData("^1.0.0", "latest", "invalid_range", "spec.dependencies[0].range")]
    [InlineData("^1.0.0", "^99999999999.0.0", "invalid_range", "spec.dependencies[0].range")]
    [InlineData("^1.0.0", "'>2 <1'", "empty_range", "spec.dependencies[0].range")]
    [InlineData("^1.0.0", "\"\"", "too_short", "spec.dependencies[0].range")]
    [InlineData("[/app/checkout, --fast]", "/app/checkout", "wrong_type", "spec.template.command")]
    [InlineData("[/app/checkout, --fast]", "[/app/checkout, ]\n    args: []", "unknown_field", "spec.template.args")]
    [InlineData("[/app/checkout, --fast]", "[/app/checkout, {}]", "wrong_type", "spec.template.command[1]")]
    public void A_wrong_service_is_refused(string good, string bad, string code, string path)
    {
        var error = Manifests.Error(Manifests.Service.With(good, bad));

        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.NotEmpty(error.Hint);
    }

    [Theory]
    [InlineData("spec:", "spec:\n  kind: cron", "not_one_of", "spec.kind")]
    [InlineData("spec:", "spec:\n  batch: {retries: 1}", "batch_unexpected", "spec.batch")]
    [InlineData("spec:", "spec:\n  kind: daemon\n  batch: {}", "batch_unexpected", "spec.batch")]
    [InlineData("spec:", "spec:\n  kind: batch\n  batch: {completions: 0}", "out_of_range", "spec.batch.completions")]
    [InlineData("spec:", "spec:\n  kind: batch\n  batch: {parallelism: 0}", "out_of_range", "spec.batch.parallelism")]
    [InlineData("spec:", "spec:\n  kind: batch\n  batch: {retries: 101}", "out_of_range", "spec.batch.retries")]
    [InlineData("spec:", "spec:\n  kind: batch\n  batch: {retries: -1}", "out_of_range", "spec.batch.retries")]
    [InlineData("spec:", "spec:\n  kind: batch\n  batch: {deadline: 10ms}", "out_of_range", "spec.batch.deadline")]
    [InlineData("spec:", "spec:\n  kind: batch\n  batch: {backoff: 1s}", "unknown_field", "spec.batch.backoff")]
    [InlineData(
        "spec:\n  template:",
        "spec:\n  kind: batch\n  template:\n    port: 80",
        "batch_with_port",
        "spec.template.port"
    )]
    [InlineData(
        "spec:\n  template:",
        "spec:\n  kind: daemon\n  template:\n    placement: {maxPerHost: 2}",
        "daemon_spread",
        "spec.template.placement.maxPerHost"
    )]
    [InlineData(
        "spec:\n  template:",
        "spec:\n  kind: daemon\n  template:\n    placement: {spread: [{label: rack}]}",
        "daemon_spread",
        "spec.template.placement.spread"
    )]
    public void What_does_not_fit_a_kind_is_refused(string good, string bad, string code, string path)
    {
        var error = Manifests.Error(Manifests.SmallService.With(good, bad));

        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.NotEmpty(error.Hint);
        Assert.True(error.Line > 0 && error.Column > 0);
    }

    [Theory]
    [InlineData("overcommit: {cpu: 0.99}", "out_of_range", "spec.overcommit.cpu")]
    [InlineData("overcommit: {cpu: 10.01}", "out_of_range", "spec.overcommit.cpu")]
    [InlineData("overcommit: {memory: 1.255}", "invalid_ratio", "spec.overcommit.memory")]
    [InlineData("overcommit: {disk: -2}", "invalid_ratio", "spec.overcommit.disk")]
    [InlineData("overcommit: {disk: 150%}", "invalid_ratio", "spec.overcommit.disk")]
    [InlineData("overcommit: {cpu: []}", "wrong_type", "spec.overcommit.cpu")]
    [InlineData("overcommit: {gpu: 2}", "unknown_field", "spec.overcommit.gpu")]
    [InlineData("reserve: {cpu: 0}", "out_of_range", "spec.reserve.cpu")]
    [InlineData("reserve: {memory: 1GB}", "invalid_memory", "spec.reserve.memory")]
    [InlineData("reserve: {disk: 17Ti}", "out_of_range", "spec.reserve.disk")]
    [InlineData("resources: {licence.oracle: 0}", "out_of_range", "spec.resources['licence.oracle']")]
    [InlineData("resources: {port/8080: 1}", "invalid_key", "spec.resources['port/8080']")]
    public void A_wrong_rule_of_a_pool_is_refused(string bad, string code, string path)
    {
        var error = Manifests.Error(Manifests.Pool.With("placement: binpack", bad));

        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.NotEmpty(error.Hint);
    }

    [Theory]
    [InlineData("effect: deny", "effect: maybe", "not_one_of", "spec.effect")]
    [InlineData("zone: Europe/Berlin", "zone: Europe/Berln", "unknown_zone", "spec.zone")]
    [InlineData("  zone: Europe/Berlin\n", "", "missing_field", "spec.zone")]
    [InlineData("services: [checkoutservice]", "services: [Checkout]", "invalid_name", "spec.services[0]")]
    [InlineData("lasts: 63h", "lasts: 0s", "out_of_range", "spec.recurring[0].lasts")]
    [InlineData("cron: 0 0 17 ? * FRI", "cron: 0 17 ? * FRI", "invalid_cron", "spec.recurring[0].cron")]
    [InlineData("until: 2027-01-04", "until: 2026-12-20T17:00", "period_reversed", "spec.dated[0].until")]
    [InlineData("until: 2027-01-04", "until: 4 January", "invalid_time", "spec.dated[0].until")]
    [InlineData("until: 2027-01-04", "until: 20270-01-04", "invalid_time", "spec.dated[0].until")]
    [InlineData("onClose: hold", "onClose: halt", "not_one_of", "spec.onClose")]
    public void A_wrong_window_is_refused(string good, string bad, string code, string path)
    {
        var error = Manifests.Error(Manifests.Window.With(good, bad));

        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.NotEmpty(error.Hint);
    }

    [Fact]
    public void A_window_that_is_never_is_refused()
    {
        var error = Manifests.Error(
            """
            apiVersion: orchestrator/v1
            kind: Window
            metadata: {name: never}
            spec: {zone: UTC}
            """
        );

        Assert.Equal(("window_without_times", "spec"), (error.Code, error.Path));
    }

    [Theory]
    [InlineData("0 30 9 ? * MON-FRI", "30 9 * * MON-FRI", "invalid_cron", "spec.timetable.cron")]
    [InlineData("0 30 9 ? * MON-FRI", "0 30 25 ? * MON-FRI", "invalid_cron", "spec.timetable.cron")]
    [InlineData("0 30 9 ? * MON-FRI", "'@daily'", "invalid_cron", "spec.timetable.cron")]
    [InlineData("Europe/Berlin", "Europe/Berln", "unknown_zone", "spec.timetable.zone")]
    [InlineData("Europe/Berlin", "../zoneinfo/Europe/Berlin", "unknown_zone", "spec.timetable.zone")]
    [InlineData("Europe/Berlin", "../../etc/passwd", "unknown_zone", "spec.timetable.zone")]
    [InlineData("Europe/Berlin", "Central European Standard Time", "unknown_zone", "spec.timetable.zone")]
    [InlineData("cutOff: 10m", "cutOff: -10m", "invalid_duration", "spec.boarding.cutOff")]
    [InlineData("channel: beta", "channel: Beta", "invalid_name", "spec.boarding.channel")]
    [InlineData("stage: prod", "stage: staging", "duplicate_stage", "spec.route[1].stage")]
    [InlineData("count: 4", "count: 10001", "out_of_range", "spec.route[1].count")]
    [InlineData("count: 4", "count: 1", "more_instances_than_count", "spec.route[1].canary.steps[1].instances")]
    [InlineData("count: 1\n", "count: 0\n", "out_of_range", "spec.route[0].count")]
    [InlineData("weight: 50", "weight: 10", "weights_not_ascending", "spec.route[1].canary.steps[1].weight")]
    [InlineData("weight: 50", "weight: 100", "out_of_range", "spec.route[1].canary.steps[1].weight")]
    [InlineData("weight: 50", "weight: 99.95", "out_of_range", "spec.route[1].canary.steps[1].weight")]
    [InlineData("weight: 50", "weight: 0.05", "out_of_range", "spec.route[1].canary.steps[1].weight")]
    [InlineData("weight: 50", "weight: 12.55", "weight_too_fine", "spec.route[1].canary.steps[1].weight")]
    [InlineData("weight: 50", "weight: '50'", "wrong_type", "spec.route[1].canary.steps[1].weight")]
    [InlineData("weight: 50", "weight: half", "wrong_type", "spec.route[1].canary.steps[1].weight")]
    [InlineData("weight: 50", "manual: soon", "wrong_type", "spec.route[1].canary.steps[1].manual")]
    [InlineData(
        "- instances: 2\n            weight: 50",
        "- bake: 5m",
        "step_unclear",
        "spec.route[1].canary.steps[1]"
    )]
    [InlineData("instances: 1\n", "instances: 3\n", "instances_descending", "spec.route[1].canary.steps[1].instances")]
    [InlineData(
        "maximumRequests: 90000",
        "maximumRequests: 499",
        "maximum_below_minimum",
        "spec.route[1].canary.steps[0].maximumRequests"
    )]
    [InlineData(
        "maximumRequests: 90000",
        "maximumRequests: many",
        "wrong_type",
        "spec.route[1].canary.steps[0].maximumRequests"
    )]
    [InlineData("bake: 5m", "bake: 2h", "judged_before_baked", "spec.route[1].canary.steps[0].judgeWithin")]
    [InlineData(
        "judgeWithin: 1h\n",
        "judgeWithin: 4m\n",
        "judged_before_baked",
        "spec.route[1].canary.steps[0].judgeWithin"
    )]
    [InlineData(
        "maxSurge: 2\n        maxUnavailable: 1",
        "maxSurge: 0",
        "no_room_to_roll",
        "spec.route[1].canary.maxUnavailable"
    )]
    [InlineData(
        "maxUnavailable: 1",
        "maxUnavailable: 5",
        "more_instances_than_count",
        "spec.route[1].canary.maxUnavailable"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      approval: {}\n",
        "approval_without_canary",
        "spec.route[0].approval.before"
    )]
    [InlineData("count: 4\n", "count: 4\n      recreate: {}\n", "strategy_unclear", "spec.route[1]")]
    [InlineData(
        "count: 1\n",
        "count: 1\n      recreate: {readyWithin: 0s}\n",
        "out_of_range",
        "spec.route[0].recreate.readyWithin"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      recreate: {maxSurge: 1}\n",
        "unknown_field",
        "spec.route[0].recreate.maxSurge"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      recreate: {}\n      blueGreen: {}\n",
        "strategy_unclear",
        "spec.route[0]"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      blueGreen: {keepOld: 721h}\n",
        "out_of_range",
        "spec.route[0].blueGreen.keepOld"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      waves: {percent: [50, 50, 100]}\n",
        "waves_not_ascending",
        "spec.route[0].waves.percent[1]"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      waves: {percent: [10, 50]}\n",
        "waves_not_whole",
        "spec.route[0].waves.percent"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      recreate: {}\n      waves: {percent: [100]}\n",
        "waves_without_rolling",
        "spec.route[0].waves"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      waves: {percent: [100], by: rack}\n",
        "waves_unclear",
        "spec.route[0].waves"
    )]
    [InlineData(
        "count: 1\n",
        "count: 1\n      waves: {first: [a, b, a]}\n",
        "duplicate_domain",
        "spec.route[0].waves.first[2]"
    )]
    [InlineData("count: 1\n", "count: 1\n      waves: {parallel: 0}\n", "out_of_range", "spec.route[0].waves.parallel")]
    [InlineData(
        "count: 1\n",
        "count: 1\n      webhooks: [{name: load-test}]\n",
        "webhook_without_canary",
        "spec.route[0].webhooks[0].before"
    )]
    [InlineData(
        "soak: 1h",
        "soak: 1h\n      webhooks: [{name: a}, {name: a, before: stage}, {name: a, timeout: 5s}]",
        "duplicate_webhook",
        "spec.route[1].webhooks[2].name"
    )]
    [InlineData(
        "soak: 1h",
        "soak: 1h\n      webhooks: [{name: a, timeout: 61s}]",
        "out_of_range",
        "spec.route[1].webhooks[0].timeout"
    )]
    [InlineData(
        "soak: 1h",
        "soak: 1h\n      webhooks: [{name: a, every: 4s}]",
        "out_of_range",
        "spec.route[1].webhooks[0].every"
    )]
    [InlineData(
        "soak: 1h",
        "soak: 1h\n      webhooks: [{name: a, url: 'http://127.0.0.1:1/'}]",
        "unknown_field",
        "spec.route[1].webhooks[0].url"
    )]
    [InlineData("before: stage", "before: lunch", "not_one_of", "spec.route[1].approval.before")]
    [InlineData("allowPublisher: true", "allowPublisher: yes", "wrong_type", "spec.route[1].approval.allowPublisher")]
    [InlineData("alpha: 0.01", "alpha: 0", "out_of_range", "spec.route[1].judge.alpha")]
    [InlineData("alpha: 0.01", "alpha: 0.01\n        errors: false", "nothing_to_judge", "spec.route[1].judge.errors")]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        untilMeasured: maybe",
        "not_one_of",
        "spec.route[1].judge.untilMeasured"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        latency: {quantile: 1}",
        "out_of_range",
        "spec.route[1].judge.latency.quantile"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        latency: {toleratedRatio: 2, inferiorRatio: 2}",
        "inferior_tolerated",
        "spec.route[1].judge.latency.inferiorRatio"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: errors}]",
        "duplicate_metric",
        "spec.route[1].judge.metrics[0].name"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a}, {name: b}, {name: a}]",
        "duplicate_metric",
        "spec.route[1].judge.metrics[2].name"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: A}]",
        "invalid_name",
        "spec.route[1].judge.metrics[0].name"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, kind: mean}]",
        "not_one_of",
        "spec.route[1].judge.metrics[0].kind"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, inferiorRatio: 1.5, toleratedRatio: 1.6}]",
        "inferior_tolerated",
        "spec.route[1].judge.metrics[0].inferiorRatio"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, minimumSamples: 0}]",
        "out_of_range",
        "spec.route[1].judge.metrics[0].minimumSamples"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors}]",
        "missing_field",
        "spec.route[1].judge.thresholds[0].limit"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: lost, limit: 0.1}]",
        "rule_unclear",
        "spec.route[1].judge.thresholds[0].metric"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: latency, limit: 100}]",
        "rule_unclear",
        "spec.route[1].judge.thresholds[0].metric"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors, limit: 0.1}, {metric: errors, limit: 0.1}]",
        "rule_unclear",
        "spec.route[1].judge.thresholds[1].metric"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors, limit: 0.1, goodLimit: 0.2}]",
        "limits_reversed",
        "spec.route[1].judge.thresholds[0].goodLimit"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors, limit: 5}]",
        "limit_out_of_reach",
        "spec.route[1].judge.thresholds[0].limit"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        latency: {quantile: 0.9}\n        thresholds: [{metric: latency, limit: 20000}]",
        "limit_out_of_reach",
        "spec.route[1].judge.thresholds[0].limit"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: free, kind: level, worse: lower}]\n        thresholds: [{metric: free, limit: 5, goodLimit: 4}]",
        "limits_reversed",
        "spec.route[1].judge.thresholds[0].goodLimit"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors, limit: 0.1, checks: 0}]",
        "out_of_range",
        "spec.route[1].judge.thresholds[0].checks"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors, limit: 0.1, every: 1s}]",
        "out_of_range",
        "spec.route[1].judge.thresholds[0].every"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors, limit: 0.1, count: 5}]",
        "unknown_field",
        "spec.route[1].judge.thresholds[0].count"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        ranks: {critical: [errors]}",
        "missing_field",
        "spec.route[1].judge.ranks.metrics"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        ranks: {metrics: [cpu]}",
        "rule_unclear",
        "spec.route[1].judge.ranks.metrics[0]"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        ranks: {metrics: [errors, errors]}",
        "rule_unclear",
        "spec.route[1].judge.ranks.metrics[1]"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        thresholds: [{metric: errors, limit: 0.1}]\n        ranks: {metrics: [errors]}",
        "rule_unclear",
        "spec.route[1].judge.ranks.metrics[0]"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        ranks: {metrics: [errors], critical: [cpu]}",
        "rule_unclear",
        "spec.route[1].judge.ranks.critical[0]"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        ranks: {metrics: [errors], marginal: 90, pass: 80}",
        "limits_reversed",
        "spec.route[1].judge.ranks.pass"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        ranks: {metrics: [errors], confidence: 1}",
        "out_of_range",
        "spec.route[1].judge.ranks.confidence"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, query: {provider: p, text: 'x{{version}}'}}]",
        "total_unclear",
        "spec.route[1].judge.metrics[0].query"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, kind: level, query: {provider: p, text: 'x{{version}}', total: 'y{{version}}'}}]",
        "total_unclear",
        "spec.route[1].judge.metrics[0].query"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, kind: level, query: {provider: p, text: 'x{{verzion}}{{version}}'}}]",
        "unknown_placeholder",
        "spec.route[1].judge.metrics[0].query.text"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, kind: level, query: {provider: p, text: 'x{{service}}'}}]",
        "query_of_both_versions",
        "spec.route[1].judge.metrics[0].query.text"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, kind: level, query: {provider: p, text: 'x{{version}}', every: 1s}}]",
        "out_of_range",
        "spec.route[1].judge.metrics[0].query.every"
    )]
    [InlineData(
        "alpha: 0.01",
        "alpha: 0.01\n        metrics: [{name: a, kind: level, query: {text: 'x{{version}}'}}]",
        "missing_field",
        "spec.route[1].judge.metrics[0].query.provider"
    )]
    [InlineData(
        "spec:\n",
        "spec:\n  coupled: [{service: mail}, {service: mail}]\n",
        "duplicate_coupled",
        "spec.coupled[1].service"
    )]
    [InlineData("spec:\n", "spec:\n  coupled: [{service: checkout}]\n", "duplicate_coupled", "spec.coupled[0].service")]
    [InlineData("spec:\n", "spec:\n  coupled: [{optional: true}]\n", "missing_field", "spec.coupled[0].service")]
    [InlineData(
        "spec:\n",
        "spec:\n  coupled: [{service: mail, optional: perhaps}]\n",
        "wrong_type",
        "spec.coupled[0].optional"
    )]
    [InlineData("metadata:\n", "metadata:\n  name: Fast\n", "invalid_name", "metadata.name")]
    [InlineData("alpha: 0.01", "alpha: 0.5", "out_of_range", "spec.route[1].judge.alpha")]
    [InlineData("alpha: 0.01", "alpha: 1e300", "wrong_type", "spec.route[1].judge.alpha")]
    [InlineData("alpha: 0.01", "alpha: .inf", "wrong_type", "spec.route[1].judge.alpha")]
    [InlineData("toleratedRatio: 1.5", "toleratedRatio: 0.9", "out_of_range", "spec.route[1].judge.toleratedRatio")]
    [InlineData(
        "acceptableErrorRate: 0.02",
        "acceptableErrorRate: 1",
        "out_of_range",
        "spec.route[1].judge.acceptableErrorRate"
    )]
    [InlineData(
        "acceptableErrorRate: 0.02",
        "acceptableErrorRate: 2%",
        "wrong_type",
        "spec.route[1].judge.acceptableErrorRate"
    )]
    public void A_wrong_line_is_refused(string good, string bad, string code, string path)
    {
        var error = Manifests.Error(Manifests.Line.With(good, bad));

        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.NotEmpty(error.Hint);
        Assert.True(error.Line > 0 && error.Column > 0);
    }

    [Theory]
    [InlineData(
        "{count: 4, canary: {steps: [{weight: 25}, {instances: 1}]}}",
        "weights_not_ascending",
        "steps[1]",
        "A weight of 20, which follows from 1 instance, does not come after 25."
    )]
    [InlineData(
        "{count: 4, canary: {steps: [{weight: 60}, {instances: 2, weight: 70}]}}",
        "instances_descending",
        "steps[1].instances",
        "2 instances are fewer than the 3 of the step before."
    )]
    [InlineData(
        "{count: 4, canary: {maxSurge: 0, maxUnavailable: 1, steps: [{instances: 4}]}}",
        "step_unclear",
        "steps[0].instances",
        "Beside 4 instances none of the old version is left, so no weight follows."
    )]
    [InlineData(
        "{canary: {steps: [{weight: 10}]}}",
        "step_unclear",
        "steps[0]",
        "At a stage without a count, neither instances nor weight follow from the other."
    )]
    [InlineData(
        "{count: 4, canary: {steps: [{}]}}",
        "step_unclear",
        "steps[0]",
        "The step says neither how many instances nor what weight it has."
    )]
    [InlineData(
        "{count: 4, canary: {steps: [{instances: 5}]}}",
        "more_instances_than_count",
        "steps[0].instances",
        "A step of 5 instances is larger than the stage's count of 4."
    )]
    public void Steps_that_leave_out_what_does_not_follow_or_fit_are_refused(
        string stage,
        string code,
        string path,
        string message
    )
    {
        var error = Manifests.Error(
            $$"""
            apiVersion: orchestrator/v1
            kind: Line
            metadata: {service: checkout}
            spec:
              timetable: {cron: 0 30 9 ? * MON-FRI, zone: UTC}
              route:
                - {stage: prod, {{stage[1..]}}
            """
        );

        Assert.Equal((code, $"spec.route[0].canary.{path}", message), (error.Code, error.Path, error.Message));
    }

    [Fact]
    public void A_route_to_nowhere_is_refused()
    {
        var text = Manifests.Line[..Manifests.Line.IndexOf("  route:", StringComparison.Ordinal)] + "  route: []";

        Assert.Equal(("too_few", "spec.route"), (Manifests.Error(text).Code, Manifests.Error(text).Path));
    }

    [Fact]
    public void More_of_anything_than_is_taken_is_refused()
    {
        var variables = string.Join(", ", Enumerable.Range(0, 201).Select(index => $"V{index}: x"));
        var stages = string.Concat(Enumerable.Range(0, 21).Select(index => $"\n    - {{stage: s{index}, count: 1}}"));
        var large = new string('x', 32 * 1024);

        Assert.Equal("too_many", Manifests.Error(Manifests.Version.With("LEVEL: debug", variables)).Code);
        Assert.Equal("too_long", Manifests.Error(Manifests.Version.With("debug", large + "x")).Code);
        Assert.Equal("too_long", Manifests.Error(Manifests.Version.With("debug", large[1..] + "ü")).Code);
        Assert.Empty(Manifests.Errors(Manifests.Version.With("debug", large)));
        Assert.Equal(
            "too_many",
            Manifests
                .Error(
                    Manifests.Line[..Manifests.Line.IndexOf("    - stage", StringComparison.Ordinal)]
                        + stages.TrimStart('\n')
                )
                .Code
        );
    }

    [Fact]
    public void An_object_that_is_declared_twice_is_refused_with_both_places()
    {
        var error = Manifests.Error(
            Manifests.Service,
            Manifests.Line,
            $"{Manifests.Pool}\n---\n{Manifests.SmallService}"
        );

        Assert.Equal(("c.yaml", 11, 18), (error.File, error.Line, error.Column));
        Assert.Equal(("metadata.name", "duplicate_object"), (error.Path, error.Code));
        Assert.Contains("a.yaml:4:9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_version_of_two_services_is_not_declared_twice()
    {
        Assert.Equal(
            2,
            Manifests
                .Accepted(Manifests.Version, Manifests.Version.With("service: checkout", "service: cart"))
                .Versions.Length
        );
    }
}
