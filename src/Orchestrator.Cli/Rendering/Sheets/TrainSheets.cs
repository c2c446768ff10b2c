using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

internal static class TrainSheets
{
    public static Sheet List(Page<TrainView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["TRAIN", "PHASE", "DEPARTS", "CARS", "REASON", "NEXT"],
                [
                    .. page.Items.Select(train =>
                        (string[])
                            [
                                train.Id,
                                train.Phase,
                                Format.When(train.DepartsAt, now),
                                CarsOf(train),
                                train.Reason,
                                train.Next,
                            ]
                    ),
                ],
                "No trains yet: `orc get lines` shows the timetables they depart on."
            ),
            new Block.Advice(page.Items is [.., var last] ? $"orc train status {last.Id}" : "")
        );

    public static Sheet One(TrainView train, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Train", train.Id),
                ("Phase", train.Phase),
                ("Reason", train.Reason),
                ("Ordered", train.Order),
                ("Boards", train.Boards),
                ("Departs", Format.When(train.DepartsAt, now)),
                ("Consist hash", train.ConsistHash),
            ]),
            new Block.Grid(
                "Cars",
                ["SERVICE", "VERSION", "DIGEST"],
                [.. train.Consist.Select(car => (string[])[car.Service, car.Version, car.Digest])],
                ""
            ),
            new Block.Grid(
                train.Goes is { } order ? $"Order at {order.Stage}" : "",
                ["WAVE", "SERVICES"],
                [
                    .. (train.Goes?.Waves ?? []).Select(
                        (wave, index) => (string[])[Format.Number(index + 1), string.Join(", ", wave)]
                    ),
                ],
                ""
            ),
            new Block.Grid(
                "Room kept for its surge",
                ["STAGE", "HOST", "INSTANCES", "ROOM"],
                [
                    .. train.Reserved.Select(room =>
                        (string[])[room.Stage, room.Host, Format.Number(room.Instances), room.Room]
                    ),
                ],
                ""
            ),
            new Block.Grid("Rollouts", ["ROLLOUT"], [.. train.Rollouts.Select(id => (string[])[id])], ""),
            new Block.Next(NextOf(train))
        );

    private static string NextOf(TrainView train) =>
        (train.Next, train.Rollouts) switch
        {
            ({ Length: > 0 } next, _) => next,
            (_, [.., var last]) => $"orc rollout status {last}",
            _ => $"orc trains {train.Line}",
        };

    /// <summary>What has not been sealed yet may still change.</summary>
    private static string CarsOf(TrainView train)
    {
        if (train.Boards.Length > 0)
        {
            return $"({train.Boards})";
        }

        var kind = train.Order.Length > 0 ? $" {train.Order.Split(' ')[0].ToLowerInvariant()}" : "";
        return string.Join(", ", train.Consist.Select(CarOf)) + kind;
    }

    private static string CarOf(CarView car) => $"{car.Service} {car.Version}";
}
