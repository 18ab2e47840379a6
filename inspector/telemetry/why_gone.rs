//! Why a device of the line does not answer, as people are told it in both languages. The device's own words stand beside it.

use std::sync::atomic::{AtomicU8, Ordering};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $reason:ident $name:literal $en:literal $zh:literal;)*) => {
        /// Why a device does not answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum WhyGone { $($(#[doc = $doc])+ $reason,)* }

        impl WhyGone {
            /// All of them.
            pub const ALL: &[WhyGone] = &[$(WhyGone::$reason,)*];

            /// A stable name.
            pub const fn name(self) -> &'static str {
                match self { $(WhyGone::$reason => $name,)* }
            }

            /// What it means and what to do, in English and in Chinese.
            pub const fn explained(self) -> [&'static str; 2] {
                match self { $(WhyGone::$reason => [$en, $zh],)* }
            }
        }
    };
}

reasons! {
    /// Nobody takes connections there.
    Unreachable "unreachable"
        "Nobody takes connections at its address. Check power, cable and address, and that it listens there."
        "该地址无人接受连接。检查电源、线缆和地址，以及设备是否在监听。";
    /// No answer in time.
    Silent "silent"
        "It did not answer in time. Check that it runs, and the cable."
        "未在限时内应答。检查设备是否在运行，以及线缆。";
    /// It closed the connection.
    Closed "closed"
        "It closed the connection. The station connects again by itself."
        "对方关闭了连接，工位会自动重连。";
    /// The connection broke.
    Broken "broken"
        "The connection broke. Check cable and network."
        "连接中断。检查线缆和网络。";
    /// What came cannot be understood.
    Garbled "garbled"
        "What it sends is no answer to what was asked. Check kind, address and port, and who else asks it."
        "它发来的内容与请求不符。检查设备种类、地址和端口，以及是否另有程序在访问它。";
    /// It lets nobody in.
    NotLetIn "not_let_in"
        "It does not let the station in. Check its settings for this connection, and who else has it."
        "它不接受工位的连接。检查设备上该连接的参数，以及连接是否被他人占用。";
    /// No such port or device.
    NotThere "not_there"
        "There is no such device on this computer. Plug it in, or correct its path in the settings."
        "本机上没有该设备。插好设备，或更正设置中的路径。";
    /// It may not be used.
    NoRight "no_right"
        "The station may not use it. Give its user the right to do so."
        "工位无权使用该设备。为运行工位的用户授权。";
    /// Somebody else uses it.
    Taken "taken"
        "Another program uses it. End that program."
        "该设备被另一程序占用。请结束那个程序。";
    /// It was unplugged.
    Unplugged "unplugged"
        "It was unplugged. Plug it in again; the station goes on by itself."
        "设备已被拔出。重新插好后工位自动继续。";
    /// It is not what the settings say.
    OtherKind "other_kind"
        "What is there cannot do what the settings ask. Correct them."
        "该处的设备不具备设置所要求的功能。请更正设置。";
    /// It has not called yet.
    NobodyCalled "nobody_called"
        "It has not connected to the station. Check its power and cable, and the address that it sends to."
        "它尚未连接到工位。检查其电源、线缆和目标地址。";
    /// It takes nothing more.
    Full "full"
        "It takes nothing more. Check the cable, and that it runs."
        "它不再接收数据。检查线缆，以及设备是否在运行。";
    /// More came than a scanner sends.
    Flood "flood"
        "It sends more than any scanner. Check what it is, and that it does not read without pause."
        "它发送的内容多于任何扫码器。检查接的是什么设备，是否设成了连续读码。";
    /// The PLC asks or answers nothing.
    PlcSilent "plc_silent"
        "The PLC asks or answers nothing. Check its power, cable, address and program."
        "PLC 既不询问也不应答。检查电源、线缆、地址和程序。";
    /// The PLC's heartbeat stands still.
    PlcStill "plc_still"
        "The PLC's heartbeat stands still. Check that its program runs."
        "PLC 的心跳停止变化。检查其程序是否在运行。";
    /// Somebody else sets an output of a lane.
    SetByOthers "set_by_others"
        "An output of a lane is on right after it was set off. See who else sets it."
        "通道的输出刚关断又变为接通。检查还有谁在控制它。";
    /// None of these is known to be so.
    Other "other"
        "It cannot be used; what was found stands below."
        "设备无法使用，详情见下。";
}

/// One of them, which threads share.
#[derive(Debug)]
pub struct SharedWhy(AtomicU8);

impl Default for SharedWhy {
    fn default() -> Self {
        let this = Self(AtomicU8::new(0));
        this.set(WhyGone::Other);
        this
    }
}

impl SharedWhy {
    /// It is this from now on.
    pub fn set(&self, why: WhyGone) {
        self.0.store(why as u8, Ordering::Relaxed);
    }

    /// What it is.
    pub fn get(&self) -> WhyGone {
        let at = usize::from(self.0.load(Ordering::Relaxed));
        WhyGone::ALL.get(at).copied().unwrap_or(WhyGone::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_has_a_name_of_its_own_and_both_languages() {
        let names: BTreeSet<_> = WhyGone::ALL.iter().map(|why| why.name()).collect();
        assert_eq!(names.len(), WhyGone::ALL.len());
        for why in WhyGone::ALL {
            let [en, zh] = why.explained();
            assert!(en.is_ascii() && !zh.is_ascii(), "{}", why.name());
            let shared = SharedWhy::default();
            shared.set(*why);
            assert_eq!(shared.get(), *why);
        }
    }
}
