//! What the figures mean and what they leave open, below all of them.

use super::number::{count, percent, significant};
use crate::bench::report::{Disturbance, Report};
use crate::bench::statistics::values_needed;

/// Shares of the processors' time beyond which others have a say in the figures.
const OTHERS_MAX: f64 = 0.05;
const STOLEN_MAX: f64 = 0.01;

pub(super) fn list(report: &Report) -> String {
    let few = count(values_needed(0.999));
    let complete = match report.is_complete {
        true => "The report is complete: every case of the plan has a result.".to_owned(),
        false => "<strong>The report is NOT complete</strong>: it ended before every case of the plan had a result."
            .to_owned(),
    };
    let notes = [
        complete,
        "<strong>Times</strong> count from when a part was due to come, not from when the program was ready for it: a \
         stall also counts for every part that waited for its end (this avoids what is called coordinated omission). \
         Overhead is latency less the model&#8217;s own run: waking up, preprocessing, findings, judging, waiting."
            .to_owned(),
        "<strong>Bounds</strong>, small below a quantile, hold it with 95&#160;% confidence, whatever the \
         distribution, if parts are independent; stalls that come in groups make them too narrow."
            .to_owned(),
        format!(
            "<strong>p99.9</strong> is not printed below {few} parts, because fewer cannot bound it from above; nor is \
             any other quantile that its number of parts cannot bound."
        ),
        "<strong>Missed</strong>: no verdict within the budget. <strong>Overtime</strong>: the part found the one \
         before it unfinished. <strong>Headroom</strong>: the budget divided by the largest quantile printed."
            .to_owned(),
        "<strong>Energy</strong> is that of the counters named, idle gaps included. It leaves out the rest of the \
         computer: power supply, disks, fans, cameras."
            .to_owned(),
        "<strong>–</strong> is no figure: <sup>a</sup>&#160;the scenario does not measure it; <sup>b</sup>&#160;too \
         few parts to bound it; <sup>c</sup>&#160;the machine does not tell."
            .to_owned(),
        "<strong>Others</strong> are other processes, the <strong>host</strong> is that of a virtual machine; what \
         they take, and heat, make times longer than the machine alone would."
            .to_owned(),
        "A time is reported only where every verdict was the expected one; a case with a wrong verdict is not measured."
            .to_owned(),
    ];
    let items: String = notes
        .iter()
        .map(|note| format!("<li>{note}</li>"))
        .collect();
    format!("<ul class=\"notes\">{items}</ul>")
}

/// What the machine did beside, in a sentence.
pub(super) fn disturbance(seen: &Disturbance) -> String {
    if *seen == Disturbance::default() {
        return "What else the machine did meanwhile is not told.".to_owned();
    }
    let share = |share: Option<f64>| share.map_or("an unknown share".to_owned(), percent);
    let heat = match seen.throttled {
        None => "slowing for heat not told".to_owned(),
        Some(0) => "not slowed for heat".to_owned(),
        Some(times) => format!("slowed for heat {} times", count(times)),
    };
    let mut text = format!(
        "Others used {}, the host took {} of the processors; {heat}",
        share(seen.others_share),
        share(seen.stolen_share)
    );
    if let Some([slowest, fastest]) = seen.clock_mhz {
        let (slowest, fastest) = (significant(slowest), significant(fastest));
        text += &format!("; {slowest} to {fastest} MHz at the end");
    }
    if !seen.gpu_slowed.is_empty() {
        text += &format!("; GPU slowed: {}", seen.gpu_slowed.join("; "));
    }
    text + "."
}

/// What of it makes a case's figures doubtful, if anything.
pub(super) fn disturbed(seen: &Disturbance) -> Option<String> {
    let mut words = Vec::new();
    if let Some(share) = seen.others_share.filter(|share| *share > OTHERS_MAX) {
        words.push(format!(
            "disturbed: others used {} of the processors",
            percent(share)
        ));
    }
    if let Some(share) = seen.stolen_share.filter(|share| *share > STOLEN_MAX) {
        words.push(format!(
            "disturbed: the host took {} of the processors",
            percent(share)
        ));
    }
    if let Some(times) = seen.throttled.filter(|times| *times > 0) {
        words.push(format!("slowed for heat {} times", count(times)));
    }
    words.extend(
        seen.gpu_slowed
            .iter()
            .map(|reason| format!("GPU slowed: {reason}")),
    );
    (!words.is_empty()).then(|| words.join(", "))
}
