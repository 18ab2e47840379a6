// The English words of the operator's screen: the held reject, faults, the shift.
export const operator = {
  held: {
    title: "Last reject",
    zoomed: "Enlarged",
    where_mm: "{place}: x {x} mm, y {y} mm, {width} × {height} mm",
    where_px: "{place}: {width} × {height} px",
    ask_quality: "Ask quality",
    other: "1 more reject waits for a review",
    others: "{count} more rejects wait for a review",
    old: "Old picture, {age} old",
  },
  held_place: {
    top_left: "Top left", top_centre: "Top", top_right: "Top right",
    middle_left: "Left", middle_centre: "Middle", middle_right: "Right",
    bottom_left: "Bottom left", bottom_centre: "Bottom", bottom_right: "Bottom right",
  },
  fault: {
    title: "Faults that last",
    since: "Since {time}, for {age}",
    more_one: "1 more fault lasts.",
    more: "{count} more faults last.",
    hide: "Show the page behind",
  },
  shift: {
    day: "Last 24 hours",
    since: "since {time}",
    named: "Shift {shift}, {since}",
    before: "Shift before ({shift}): {counted}",
    counted: "{parts} parts, {rejected} rejected, yield {yield} %",
  },
};
