//! Times the distance of dubp-wot, node by node: `EDGES.csv MEMBERS.csv STEPS REFERENT_MIN EVERY`.
//!
//! Standard output: `node,reached,microseconds` for each node that is a multiple of EVERY.

use std::{env, error::Error, fs, time::Instant};

use dubp_wot::{
    WebOfTrust, WotId,
    data::rusty::RustyWebOfTrust,
    operations::distance::{DistanceCalculator, RustyDistanceCalculator, WotDistanceParameters},
};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [edges, members, steps, referent_min, every] = args.as_slice() else {
        return Err("usage: EDGES.csv MEMBERS.csv STEPS REFERENT_MIN EVERY".into());
    };
    let (step_max, sentry_requirement) = (steps.parse()?, referent_min.parse()?);
    let mut wot = RustyWebOfTrust::new(usize::MAX);
    for (node, is_member) in table(members)? {
        let id = wot.add_node();
        if id.0 != node {
            return Err(format!("node {node} is not in its place").into());
        }
        wot.set_enabled(id, is_member == 1);
    }
    for (issuer, receiver) in table(edges)? {
        wot.add_link(WotId(issuer), WotId(receiver));
    }
    for node in (0..wot.size()).step_by(every.parse()?) {
        let params = WotDistanceParameters {
            node: WotId(node),
            sentry_requirement,
            step_max,
            x_percent: 0.8,
        };
        let start = Instant::now();
        let distance = RustyDistanceCalculator
            .compute_distance(&wot, params)
            .map_err(|error| format!("node {node}: {error:?}"))?;
        let micros = start.elapsed().as_micros();
        println!("{node},{},{micros}", distance.success);
    }
    Ok(())
}

/// The two columns of a table below its heading.
fn table(path: &str) -> Result<Vec<(usize, usize)>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let rows = text.lines().skip(1).map(|line| {
        let (a, b) = line.split_once(',').ok_or("two columns are needed")?;
        Ok((a.parse()?, b.parse()?))
    });
    rows.collect()
}
